// What is sent: built from the plugin's request, and built anew by each redirect. Pure, so that every case can be tested,
// hosts on the internet included.
import type { FixedCredentials } from '../connection.ts';
import type { Answer, ExchangeRequest } from './exchange.ts';
import { GatewayFailure, RefusedHost, toFailure } from './failure.ts';
import { firstHeader, outgoingHeaders, outgoingPath } from './header.ts';
import type { HeaderList } from './header.ts';
import type { RequestMessage } from './request-message.ts';
import { resolveTarget } from './target.ts';
import type { Scope, Target } from './target.ts';

export interface Outgoing {
  readonly target: Target;
  readonly method: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array | null;
}

/** As undici takes it. The only place where credentials are added: to the instance's own origin, never to a granted host. */
export function toRequest(outgoing: Outgoing, credentials: FixedCredentials | null): ExchangeRequest {
  const { target, method, headers, body } = outgoing;
  const own = target.own ? credentials : null;
  return {
    origin: target.url.origin,
    path: outgoingPath(target.url, own),
    method,
    headers: outgoingHeaders(headers, own),
    body,
  };
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** What an answer redirects to, by the rules of the Fetch standard but pinned to the origin; undefined when it is the answer. */
export function redirectOf(
  scope: Scope,
  mode: RequestMessage['redirect'],
  from: Outgoing,
  answer: Answer,
): Outgoing | GatewayFailure | undefined {
  const location = firstHeader(answer.headers, 'location');
  if (mode === 'manual' || !REDIRECTS.has(answer.status) || location === undefined) return undefined;
  const { origin } = from.target.url;
  if (mode === 'error') {
    return new GatewayFailure(
      'vendor_bad_response',
      `${origin}: answered with a redirect, which this call does not follow`,
    );
  }
  try {
    const target = resolveTarget(scope, location, from.target.url);
    if (target.url.origin === origin) return rewritten(from, target, answer.status);
    const detail = `redirects to "${target.url.origin}"; redirects stay on their origin, call that host itself`;
    return new RefusedHost(target.url.host, `${origin}: ${detail}`);
  } catch (error) {
    return toFailure(error, origin);
  }
}

function rewritten(from: Outgoing, target: Target, status: number): Outgoing {
  const toGet =
    (status === 303 && from.method !== 'GET' && from.method !== 'HEAD') ||
    ((status === 301 || status === 302) && from.method === 'POST');
  if (!toGet) return { ...from, target };
  const headers = from.headers.filter(([name]) => !/^content-(encoding|language|location|type|length)$/i.test(name));
  return { target, method: 'GET', headers, body: null };
}
