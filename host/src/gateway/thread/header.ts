// Headers on their way out and back: what a plugin may set, what the gateway adds, what must not come back.
import type { IncomingHttpHeaders } from 'node:http';
import type { FixedCredentials } from '../connection.ts';

export type HeaderList = readonly (readonly [string, string])[];

/** They steer the connection, not the request: undici sets what is needed. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'keep-alive',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'expect',
  'te',
  'trailer',
]);

/** What is sent when the plugin does not say. */
const DEFAULTS: HeaderList = [
  ['accept', '*/*'],
  // Not deflate: servers disagree on what it is.
  ['accept-encoding', 'gzip, br'],
  ['user-agent', 'jackfield'],
];

export const NO_RETRY = 'x-jackfield-no-retry';
/** A plugin's word that this POST reads and changes nothing. */
export const IDEMPOTENT = 'x-jackfield-idempotent';

/** The plugin's headers as undici takes them, with credentials when the target is the instance's own origin. */
export function outgoingHeaders(headers: HeaderList, credentials: FixedCredentials | null): string[] {
  const [name, value] = credentialHeader(credentials);
  const list: string[] = [];
  const seen = new Set<string>();
  for (const [key, text] of headers) {
    const lower = key.toLowerCase();
    if (FORBIDDEN.has(lower) || lower.startsWith('proxy-') || lower.startsWith('x-jackfield-') || lower === name)
      continue;
    seen.add(lower);
    list.push(key, text);
  }
  for (const [key, text] of DEFAULTS) if (!seen.has(key) && key !== name) list.push(key, text);
  if (name !== undefined) list.push(name, value);
  return list;
}

function credentialHeader(credentials: FixedCredentials | null): [string, string] | [undefined, undefined] {
  if (credentials?.type === 'basic') return ['authorization', `Basic ${basicValue(credentials)}`];
  if (credentials?.type === 'bearer') return ['authorization', `Bearer ${credentials.token}`];
  if (credentials?.type === 'apiKey' && credentials.in === 'header')
    return [credentials.name.toLowerCase(), credentials.value];
  return [undefined, undefined];
}

function basicValue(credentials: Extract<FixedCredentials, { type: 'basic' }>): string {
  return Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
}

/** Path and query to send; an API key that travels in the query is added here and nowhere kept. */
export function outgoingPath(url: URL, credentials: FixedCredentials | null): string {
  if (credentials?.type !== 'apiKey' || credentials.in !== 'query') return url.pathname + url.search;
  const key = `${encodeURIComponent(credentials.name)}=${encodeURIComponent(credentials.value)}`;
  return `${url.pathname}${url.search}${url.search === '' ? '?' : '&'}${key}`;
}

/** Shorter ones would blank out innocent text, and protect nothing. */
const SHORTEST_SECRET = 6;

/** The answer's headers as pairs, each Set-Cookie its own; a vendor that repeats the credentials is not repeated. */
export function incomingHeaders(
  headers: IncomingHttpHeaders,
  credentials: FixedCredentials | null,
): [string, string][] {
  const secrets = secretsOf(credentials);
  const clean = (text: string): string => secrets.reduce((left, secret) => left.replaceAll(secret, '[redacted]'), text);
  return Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((text): [string, string] => [name, clean(text)]),
  );
}

/** A header that a vendor repeats comes as a list, whatever its type says. */
export function firstHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value: string | string[] | undefined = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function secretsOf(credentials: FixedCredentials | null): string[] {
  if (credentials === null) return [];
  const plain =
    credentials.type === 'basic'
      ? [basicValue(credentials), credentials.password]
      : [credentials.type === 'bearer' ? credentials.token : credentials.value];
  return plain
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .filter((secret) => secret.length >= SHORTEST_SECRET);
}
