// A vendor that speaks TLS with a certificate of the test's, and counts what reached it.
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Certified } from './certificates.ts';

export interface TlsVendor extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  /** Connections ever made. */
  readonly connections: number;
  /** Server name that each handshake asked for. */
  readonly serverNames: readonly (string | false | null)[];
  /** `Authorization` of each request that arrived. */
  readonly requests: readonly (string | undefined)[];
  /** Bytes of application data that were decrypted. */
  readonly bytes: number;
  /** Every connection from now on gets this certificate. */
  present(certified: Certified): void;
}

export async function startTlsVendor({ certificate, key }: Certified): Promise<TlsVendor> {
  const requests: (string | undefined)[] = [];
  const serverNames: (string | false | null)[] = [];
  const sockets = new Set<TLSSocket>();
  let bytes = 0;
  let connections = 0;
  const server = createServer({ cert: certificate, key }, (request, response) => {
    requests.push(request.headers.authorization);
    response.end('hello');
  });
  server.on('tlsClientError', () => undefined);
  server.on('connection', () => (connections += 1));
  server.on('secureConnection', (socket: TLSSocket) => {
    serverNames.push(socket.servername);
    sockets.add(socket);
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://127.0.0.1:${port}`,
    port,
    requests,
    serverNames,
    get connections() {
      return connections;
    },
    get bytes() {
      return bytes;
    },
    present(next) {
      server.setSecureContext({ cert: next.certificate, key: next.key });
      for (const socket of sockets) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
