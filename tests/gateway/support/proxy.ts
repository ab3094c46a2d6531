// A proxy that opens tunnels, and remembers what it was asked for.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

export interface TestProxy extends AsyncDisposable {
  readonly url: string;
  readonly tunnels: { readonly target: string; readonly headers: IncomingHttpHeaders }[];
  /** Requests that were no tunnel. */
  readonly requests: string[];
  /** What it answers instead of opening one. */
  refusal: number | undefined;
}

export async function startProxy(): Promise<TestProxy> {
  const open = new Set<Duplex>();
  const server = createServer((request, response) => {
    proxy.requests.push(request.url ?? '');
    response.writeHead(400).end();
  });
  server.on('connect', (request, socket: Duplex) => {
    open.add(socket);
    socket.on('error', () => undefined);
    const target = request.url ?? '';
    proxy.tunnels.push({ target, headers: request.headers });
    if (proxy.refusal !== undefined) return socket.end(`HTTP/1.1 ${proxy.refusal} No\r\nContent-Length: 0\r\n\r\n`);
    const [, host = '', port] = /^\[?(.*?)\]?:(\d+)$/.exec(target) ?? [];
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    return undefined;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: TestProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels: [],
    requests: [],
    refusal: undefined,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return proxy;
}
