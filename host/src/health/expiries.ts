// What of a connection expires: as the plugin has it from the vendor, and what the host sees itself.
import { X509Certificate } from 'node:crypto';
import type { Connection } from '../gateway/index.ts';
import type { RunResult } from '../sandbox/index.ts';

export interface Expiry {
  /** What it is, as people call it: it also tells one from another. */
  readonly what: string;
  /** ISO 8601. */
  readonly at: string;
  /** Who says so. */
  readonly by: 'plugin' | 'host';
}

/** More than a vendor has of them; each may become a repair. */
const MOST = 100;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Undefined: the plugin could not find out this time. */
export function pluginExpiries({ check }: Pick<RunResult, 'check'>): Expiry[] | undefined {
  // It was made in the plugin's thread, where anything may have happened to it.
  const found: unknown = check?.expires;
  if (!Array.isArray(found)) return undefined;
  return firstOfEach(
    found.slice(0, MOST).flatMap((item: { what?: unknown; at?: unknown } | null): Expiry[] => {
      const { what, at } = item ?? {};
      const time = typeof at === 'string' ? Date.parse(at) : Number.NaN;
      if (typeof what !== 'string' || Number.isNaN(time)) return [];
      return [{ what: what.slice(0, 200), at: new Date(time).toISOString(), by: 'plugin' }];
    }),
  );
}

/** Certificates whose day ends the connection: the vendor's own, and the CA's that the instance trusts. */
export function hostExpiries(
  { certificateEnds }: Pick<RunResult, 'certificateEnds'>,
  connection: Connection,
): Expiry[] {
  const { tls, baseUrl } = connection;
  const caPem = tls?.caPem;
  const isPinned = tls?.fingerprint256 !== undefined && caPem === undefined;
  // Nobody looks at the days of a certificate that is pinned, or not checked at all.
  if (tls?.verify === false || isPinned || baseUrl === null) return [];
  const authorities = (caPem?.match(CERTIFICATE) ?? []).map((pem): Expiry => {
    const { subject, validToDate } = new X509Certificate(pem);
    const name = /^CN=(.+)$/m.exec(subject)?.[1] ?? subject.replaceAll('\n', ', ');
    return { what: `the CA certificate "${name}" in "${tls?.field}.caPem"`, at: validToDate.toISOString(), by: 'host' };
  });
  if (certificateEnds === undefined) return firstOfEach(authorities);
  const what = `the certificate of ${new URL(baseUrl).host}`;
  return firstOfEach([...authorities, { what, at: new Date(certificateEnds).toISOString(), by: 'host' }]);
}

/** In the order of their dates. */
function firstOfEach(expiries: readonly Expiry[]): Expiry[] {
  const first = new Map<string, Expiry>();
  for (const expiry of expiries.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    if (!first.has(expiry.what)) first.set(expiry.what, expiry);
  }
  return [...first.values()];
}
