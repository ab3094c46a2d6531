const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds of `500ms`, `60s`, `5m`, `1h` or `7d`. @throws when the text is none of these. */
export function parseDuration(text: string, where: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (digits === undefined || !isUnit(unit)) {
    throw new Error(`${where} must be a duration such as 500ms, 60s, 5m, 1h or 7d (got ${JSON.stringify(text)})`);
  }
  return Math.round(Number(digits) * UNITS[unit]);
}

function isUnit(unit: string | undefined): unit is keyof typeof UNITS {
  return unit !== undefined && Object.hasOwn(UNITS, unit);
}
