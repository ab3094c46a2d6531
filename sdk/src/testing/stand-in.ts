// Stands in for the vendor: a server on this machine that asks the test's function. The plugin, the sandbox and the gateway notice no
// difference: what the function gets is what the vendor would get, credentials included.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Answers in the vendor's place. The request has the URL that the plugin asked for, and the credentials that the host adds. A promise
 * that stays open is a vendor that hangs; the request's signal aborts when the caller has gone.
 */
export type VendorFunction = (request: Request) => Response | Promise<Response>;

export interface StandIn extends AsyncDisposable {
  readonly port: number;
}

/** What the function threw is told to `onError`, and answered with 500. `schemeOf` says whether a host is called by http or https. */
export async function startStandIn(
  vendor: VendorFunction,
  { schemeOf, onError }: { schemeOf(host: string): string; onError(error: unknown): void },
): Promise<StandIn> {
  const server = createServer((incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.on('close', () => gone.abort());
    answer(vendor, toRequest(incoming, schemeOf, gone.signal), outgoing).catch((error: unknown) => {
      if (gone.signal.aborted) return;
      onError(error);
      if (!outgoing.headersSent) outgoing.writeHead(500).end();
      else outgoing.destroy();
    });
  });
  // Sockets that the gateway keeps must not end just when it uses them again.
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function toRequest(incoming: IncomingMessage, schemeOf: (host: string) => string, signal: AbortSignal): Request {
  const { method = 'GET', url = '/', headers } = incoming;
  const host = headers.host ?? 'localhost';
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    [value ?? ''].flat().join(', '),
  ]);
  const hasBody = method !== 'GET' && method !== 'HEAD';
  return new Request(`${schemeOf(host)}//${host}${url}`, {
    method,
    headers: pairs,
    signal,
    ...(hasBody ? { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: 'half' } : {}),
  });
}

async function answer(vendor: VendorFunction, request: Request, outgoing: ServerResponse): Promise<void> {
  const response = await vendor(request);
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of response.headers) {
    // What was fetched from elsewhere has been unpacked, and its length is another.
    if (name === 'content-encoding' || name === 'content-length' || name === 'transfer-encoding') continue;
    headers[name] = name === 'set-cookie' ? response.headers.getSetCookie() : value;
  }
  outgoing.writeHead(response.status, headers);
  if (response.body === null) outgoing.end();
  else await pipeline(Readable.fromWeb(response.body as never), outgoing);
}
