/** Whether a version as the device tells it (`v7.2.5`) is this one or newer. One that cannot be read counts as new. */
export function versionAtLeast(version: string | null, major: number, minor: number): boolean {
  const match = /^v?(\d+)\.(\d+)/.exec(version ?? '');
  if (match === null) return true;
  const [own, ownMinor] = [Number(match[1]), Number(match[2])];
  return own > major || (own === major && ownMinor >= minor);
}
