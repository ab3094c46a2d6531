/** How far back widgets look, for whoever chooses. */
export const RANGES: readonly { readonly days: number; readonly label: string }[] = [
  { days: 1, label: 'Last day' },
  { days: 7, label: 'Last 7 days' },
  { days: 30, label: 'Last 30 days' },
  { days: 90, label: 'Last 90 days' },
  { days: 365, label: 'Last year' },
];

/** How often widgets look that do not say it themselves. */
export const RHYTHMS: readonly { readonly ms: number; readonly label: string }[] = [
  { ms: 10_000, label: 'Every 10 seconds' },
  { ms: 60_000, label: 'Every minute' },
  { ms: 300_000, label: 'Every 5 minutes' },
  { ms: 900_000, label: 'Every 15 minutes' },
];
