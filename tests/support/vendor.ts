// A vendor of a test's own: a real HTTP server that counts what it is asked and sees when a caller hangs up.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Vendor extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Method and path of every call. */
  readonly calls: readonly string[];
  /** `Authorization` of every call. */
  readonly authorizations: readonly (string | undefined)[];
  /** Calls whose connection broke before they were answered. */
  readonly hangUps: number;
  /** Replaces what is answered from now on. */
  answer: VendorAnswer;
  /** Nobody listens any more; open connections break. */
  close(): Promise<void>;
}

export type VendorAnswer = (request: IncomingMessage, response: ServerResponse) => void;

export async function startVendor(answer: VendorAnswer = json([])): Promise<Vendor> {
  const calls: string[] = [];
  const authorizations: (string | undefined)[] = [];
  let hangUps = 0;
  const server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`);
    authorizations.push(request.headers.authorization);
    response.on('close', () => {
      if (!response.writableFinished) hangUps += 1;
    });
    vendor.answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const vendor: Vendor = {
    url: `http://127.0.0.1:${port}`,
    port,
    calls,
    authorizations,
    get hangUps() {
      return hangUps;
    },
    answer,
    close,
    [Symbol.asyncDispose]: close,
  };
  return vendor;
}

export function json(value: unknown, status = 200): VendorAnswer {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  };
}

/** Never answers. */
export const silence: VendorAnswer = () => undefined;
