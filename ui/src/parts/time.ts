// Times and lengths in words, in the language and the time zone of whoever looks.
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

/** "in 3 minutes", "2 hours ago", "now" */
export function inTime(ms: number): string {
  const [unit, length] = UNITS.find(([, length]) => Math.abs(ms) >= length) ?? (['second', 1000] as const);
  return RELATIVE.format(Math.round(ms / length), unit);
}

export function fullTime(iso: string): string {
  return FULL.format(new Date(iso));
}

/** "5 min", "1.2 s", "80 ms" */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))} s`;
  if (ms < 3_600_000) return `${Number((ms / 60_000).toFixed(1))} min`;
  return ms < 172_800_000 ? `${Number((ms / 3_600_000).toFixed(1))} h` : `${Math.round(ms / 86_400_000)} days`;
}
