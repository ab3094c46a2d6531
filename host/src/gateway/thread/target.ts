// Decides from the URL alone whether a call may leave. Pure: nothing is resolved, nothing is sent.
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import type { Connection } from '../connection.ts';
import { GatewayFailure, RefusedHost } from './failure.ts';

export interface Scope {
  readonly instanceId: string;
  readonly base: { readonly origin: string; /** Starts and ends with a slash. */ readonly prefix: string } | null;
  readonly hosts: readonly string[];
  /** Name of the query parameter that carries the API key; a plugin's own is taken off. */
  readonly keyParam: string | undefined;
}

export interface Target {
  /** Without fragment and without the API key's parameter: safe to show. */
  readonly url: URL;
  /** It is on the base URL's origin: credentials go along, and private addresses are allowed. */
  readonly own: boolean;
}

export function createScope(connection: Connection): Scope {
  const { baseUrl, credentials, hosts, instanceId } = connection;
  const base = baseUrl === null ? null : new URL(baseUrl);
  return {
    instanceId,
    base: base && { origin: base.origin, prefix: base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/` },
    hosts: hosts.map((host) => (host.startsWith('*.') ? `*.${domainToASCII(host.slice(2))}` : domainToASCII(host))),
    keyParam: credentials?.type === 'apiKey' && credentials.in === 'query' ? credentials.name : undefined,
  };
}

/** Where tokens are fetched: by the rules of a call, but anywhere on the base URL's origin. `field` is the config field that says it. */
export function resolveTokenUrl(scope: Scope, address: string, field: string): Target {
  const url = URL.parse(address);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username || url.password) {
    throw new GatewayFailure('egress_denied', `"${field}" must be a plain http or https URL`);
  }
  url.hash = '';
  if (url.origin === scope.base?.origin) return { url, own: true };
  if (url.protocol === 'https:' && url.port === '' && isGranted(scope.hosts, url.hostname)) return { url, own: false };
  throw denied(scope, url);
}

/** Throws `egress_denied` unless the call may go there. `from` is the URL that redirected to it. */
export function resolveTarget(scope: Scope, address: string, from?: URL): Target {
  const url = URL.parse(address, from);
  if (url === null)
    throw new GatewayFailure('egress_denied', 'the URL is not valid; give an absolute http or https URL');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new RefusedHost(url.host, `the scheme "${url.protocol}" is not allowed; use https or http`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new RefusedHost(
      url.host,
      `the URL of "${url.host}" holds a user name or password; the host adds credentials`,
    );
  }
  url.hash = '';
  if (scope.base !== null && url.origin === scope.base.origin) {
    assertWithin(scope.base.prefix, url);
    if (scope.keyParam !== undefined) url.search = withoutParam(url.search, scope.keyParam);
    return { url, own: true };
  }
  if (url.protocol === 'https:' && url.port === '' && isGranted(scope.hosts, url.hostname)) return { url, own: false };
  throw denied(scope, url);
}

/** A query string without the parameter of that name; what is left keeps its spelling. */
function withoutParam(search: string, name: string): string {
  const kept = search.slice(1).split('&');
  return kept.filter((part) => part !== '' && !new URLSearchParams(part).has(name)).join('&');
}

function isGranted(hosts: readonly string[], hostname: string): boolean {
  // A grant is for a name: addresses cannot be granted, however they are written.
  if (hostname.startsWith('[') || isIP(hostname) !== 0) return false;
  return hosts.some((host) =>
    host.startsWith('*.') ? hostname.length > host.length - 1 && hostname.endsWith(host.slice(1)) : hostname === host,
  );
}

/** UTF-8 has no such bytes; lenient decoders read an overlong dot or slash from them. */
const OVERLONG = /%(?:c[01]|e0%80|f0%80|u)/i;

function assertWithin(prefix: string, url: URL): void {
  if (prefix === '/') return;
  const inside = url.pathname.startsWith(prefix) || `${url.pathname}/` === prefix;
  if (inside && !climbs(url.pathname)) return;
  throw new GatewayFailure(
    'egress_denied',
    `the path leaves the base URL's path "${prefix}" on "${url.host}"; correct the path, or shorten the instance's base URL`,
  );
}

/** Whether any server behind the prefix could read a ".." segment from the path: encoded, encoded again, or with ";params". */
function climbs(pathname: string): boolean {
  let path = pathname;
  for (let before = ''; before !== path;) {
    before = path;
    path = path
      .replace(/%25/g, '%')
      .replace(/%2e/gi, '.')
      .replace(/%2f/gi, '/')
      .replace(/%5c/gi, '/')
      .replace(/%3b/gi, ';');
  }
  return OVERLONG.test(path) || path.split(/[/\\]/).some((segment) => segment.replace(/(;.*|%00.*)$/, '') === '..');
}

function denied(scope: Scope, url: URL): RefusedHost {
  const named =
    url.protocol === 'https:' && url.port === '' && !url.hostname.startsWith('[') && isIP(url.hostname) === 0;
  const next = named
    ? `to allow it, the plugin lists "${url.hostname}" in network.hosts and plugins.json grants it in grant.hosts`
    : 'hosts can be granted by name, for https on port 443';
  return new RefusedHost(
    url.host,
    `"${url.protocol}//${url.host}" is neither the base URL of instance "${scope.instanceId}" nor a granted host; ${next}`,
  );
}
