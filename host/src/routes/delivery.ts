// What somebody sent to a route, and what the plugin sees of it.
import { createHash } from 'node:crypto';
import type { Work } from '@jackfield/sdk/runtime';
import type { PluginRoute } from './route-table.ts';
import type { Verification } from './verification.ts';

export interface Delivery {
  /** Of the sender's connection. */
  readonly address: string;
  readonly instanceId: string;
  readonly method: string;
  /** Below the instance's routes, with a slash in front. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names are lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What a proxy or a browser would send along by itself. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie']);

/** Without credentials, whatever the route could be verified with, and any value that holds one of `secrets`. */
export function toPluginRequest(
  delivery: Delivery,
  { manifest }: PluginRoute,
  secrets: readonly string[],
): Extract<Work, { kind: 'route' }>['request'] {
  const { method, path, query, headers, body } = delivery;
  const hidden = { header: new Set(CREDENTIALS), query: new Set<string>() };
  for (const verification of manifest.verify) {
    if (verification.type === 'hmac-sha256') hidden.header.add(verification.header.toLowerCase());
    else if (verification.in === 'header') hidden.header.add(verification.name.toLowerCase());
    else hidden.query.add(verification.name);
  }
  const isOpen = (value: string): boolean => !secrets.some((secret) => value.includes(secret));
  const visible = (pairs: Iterable<readonly [string, string]>, names: ReadonlySet<string>): Record<string, string> =>
    Object.fromEntries(Array.from(pairs).filter(([name, value]) => !names.has(name) && isOpen(value)));
  return {
    method,
    path,
    query: visible(query, hidden.query),
    headers: visible(Object.entries(headers), hidden.header),
    body: body.toString(),
  };
}

/**
 * Tells deliveries apart, from what the sender has vouched for. A signature covers the body and nothing else: whoever has seen a
 * signed delivery could send it again with another query.
 */
export function digestOf({ method, path, query, body }: Delivery, verification: Verification): Buffer {
  const hash = createHash('sha256').update(`${method} ${path}\n`);
  if (verification.type === 'secret') {
    const rest = [...query].filter(([name]) => verification.in === 'header' || name !== verification.name);
    hash.update(JSON.stringify(rest));
  }
  return hash.update('\n').update(body).digest();
}
