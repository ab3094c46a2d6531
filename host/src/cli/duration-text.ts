const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
] as const;

/** `1.2 s`, `4 min`, `3 h`, `2 d`. */
export function durationText(ms: number): string {
  for (const [unit, size] of UNITS) if (ms >= size) return `${Math.floor(ms / size)} ${unit}`;
  return ms < 10_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** How long ago, or how soon; `-` when it is not known. */
export function distanceText(at: string | null | undefined, now: number): string {
  if (at === null || at === undefined) return '-';
  const ms = now - Date.parse(at);
  return ms >= 0 ? `${durationText(ms)} ago` : `in ${durationText(-ms)}`;
}
