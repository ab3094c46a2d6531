/** A FortiOS version: `7.6.5`. */
export type Version = readonly [major: number, minor: number, patch: number];

export function parseVersion(text: string): Version {
  const match = /^v?(\d{1,2})\.(\d{1,2})\.(\d{1,2})$/.exec(text);
  if (match === null) throw new Error(`version must look like 7.6.5 (got "${text}")`);
  return [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** Whether `version` is `than` or newer. */
export function atLeast(version: Version, than: string): boolean {
  const other = parseVersion(than);
  for (const [index, part] of version.entries()) {
    if (part !== other[index]) return part > (other[index] ?? 0);
  }
  return true;
}

const BUILDS: Readonly<Record<string, number>> = { '6.0.6': 272, '7.2.5': 1517, '7.6.5': 3651 };

export function buildOf(version: Version): number {
  return BUILDS[version.join('.')] ?? version[0] * 400 + version[1] * 60 + version[2];
}
