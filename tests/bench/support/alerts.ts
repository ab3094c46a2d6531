// A vendor's answer of 100 alerts, 60 KB, and what a dashboard shows of it: six columns.

export interface Alert {
  readonly id: string;
  readonly severity: string;
  readonly title: string;
  readonly device: { readonly name: string; readonly site: string };
  readonly count: number;
  readonly seen: string;
}

export const ALERT_COLUMNS = [
  { name: 'id', type: 'string' },
  { name: 'severity', type: 'string' },
  { name: 'title', type: 'string' },
  { name: 'device', type: 'string' },
  { name: 'count', type: 'integer' },
  { name: 'seen', type: 'datetime' },
] as const;

/** What both the plugin and the bare servers make of an answer. */
export function mapAlerts(answer: unknown): object[] {
  const { alerts } = answer as { readonly alerts: readonly Alert[] };
  return alerts.map(({ id, severity, title, device, count, seen }) => ({
    id,
    severity,
    title,
    device: device.name,
    count,
    seen,
  }));
}

const ALERTS = 100;
const BYTES = 60_000;
const WORDS = 'tunnel gateway login failed policy traffic blocked update expired certificate interface down'.split(' ');

/** With all the rest that vendors send and nobody shows. */
export function alertsBody(): Buffer {
  const alerts = Array.from({ length: ALERTS }, (_, n) => ({
    id: `ALERT-${10_000 + n}`,
    severity: ['low', 'medium', 'high', 'critical'][n % 4],
    title: Array.from({ length: 6 }, (_word, word) => WORDS[(n * 7 + word * 5) % WORDS.length]).join(' '),
    device: { name: `fw-${n % 13}`, site: `site-${n % 7}`, serial: `FGT60F${100_000 + n}` },
    count: n * 3,
    seen: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(),
    links: { self: `/api/v2/alerts/${n}`, device: `/api/v2/devices/${n % 13}` },
    tags: ['production', 'perimeter', `tenant-${n % 5}`],
    detail: '',
  }));
  const room = Math.floor((BYTES - JSON.stringify({ alerts }).length) / ALERTS);
  return Buffer.from(
    JSON.stringify({ alerts: alerts.map((alert) => ({ ...alert, detail: detailOf(alert.count, room) })) }),
  );
}

function detailOf(seed: number, length: number): string {
  const words = Array.from({ length: Math.ceil(length / 5) }, (_, n) => WORDS[(seed + n * 3) % WORDS.length]);
  return words.join(' ').slice(0, length);
}
