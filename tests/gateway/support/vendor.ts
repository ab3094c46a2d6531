// A vendor on 127.0.0.1 that keeps a journal of what reached it.
import { createServer } from 'node:http';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly at: number;
}

export interface Vendor extends AsyncDisposable {
  readonly origin: string;
  readonly host: string;
  readonly port: number;
  readonly server: Server;
  readonly seen: Seen[];
  /** Connections ever made. */
  connections(): number;
  readonly sockets: ReadonlySet<Socket>;
}

type Answer = (seen: Seen, response: Parameters<RequestListener>[1], request: IncomingMessage) => unknown;

export async function startVendor(answer: Answer): Promise<Vendor> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((request, response) => {
    const at = performance.now();
    text(request)
      .then((body) => {
        const entry = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body, at };
        seen.push(entry);
        return answer(entry, response, request);
      })
      .catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    port,
    server,
    seen,
    connections: () => connections,
    sockets,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
