// The standard fetch over the gateway: the same Request in, the same Response out, so that libraries which use fetch work unchanged.
import type { GatewayClient, GatewayHead } from './gateway-client.ts';
import { GatewayError } from './faults.ts';

const NULL_BODY = new Set([101, 103, 204, 205, 304]);

/**
 * @param baseUrl what paths are appended to; null when the instance has none
 * @param runSignal aborts every call of the run
 */
export function createFetch(
  client: GatewayClient,
  baseUrl: string | null,
  runSignal: AbortSignal,
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(absolute(input, baseUrl), init);
    // Not request.signal: it follows the caller's only as long as nobody collects the Request.
    const own = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    const signal = own ? AbortSignal.any([own, runSignal]) : runSignal;
    const body = request.body === null ? null : new Uint8Array(await request.arrayBuffer());
    try {
      const { head, body: stream } = await client.request(
        { method: request.method, url: request.url, headers: [...request.headers], body, redirect: request.redirect },
        signal,
      );
      if (!NULL_BODY.has(head.status) && request.method !== 'HEAD') return toResponse(head, stream);
      await stream.cancel();
      return toResponse(head, null);
    } catch (error) {
      throw error instanceof GatewayError ? new TypeError('fetch failed', { cause: error }) : error;
    }
  };
}

function absolute(input: string | URL | Request, baseUrl: string | null): string | URL | Request {
  if (typeof input !== 'string' || URL.canParse(input)) return input;
  if (baseUrl === null) throw new TypeError(`fetch("${input}") needs an absolute URL: this plugin has no base URL`);
  return `${baseUrl.replace(/\/+$/, '')}/${input.replace(/^\/+/, '')}`;
}

function toResponse(head: GatewayHead, body: ReadableStream<Uint8Array<ArrayBuffer>> | null): Response {
  const headers = new Headers();
  for (const [name, value] of head.headers) headers.append(name, value);
  return withOrigin(new Response(body, { status: head.status, statusText: head.statusText, headers }), head);
}

/** A constructed Response has no url; clones must keep it too. */
function withOrigin(response: Response, head: GatewayHead): Response {
  return Object.defineProperties(response, {
    url: { value: head.url, configurable: true },
    redirected: { value: head.redirected, configurable: true },
    clone: { value: () => withOrigin(Response.prototype.clone.call(response), head), configurable: true },
  });
}
