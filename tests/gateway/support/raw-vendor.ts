// A vendor that writes what it likes to the socket, HTTP or not.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

export interface RawVendor extends AsyncDisposable {
  readonly origin: string;
  readonly sockets: ReadonlySet<Socket>;
  /** Connections ever made. */
  connections(): number;
}

/** `answer` is called once for each connection, when its request has come. */
export async function startRawVendor(answer: (socket: Socket, head: string) => void): Promise<RawVendor> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', (head: Buffer) => answer(socket, head.toString()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Writes these pieces one after another for as long as somebody takes them, with a pause between them. */
export function drip(socket: Socket, pieces: Iterable<string | Buffer>, everyMs = 0): void {
  const rest = pieces[Symbol.iterator]();
  const more = (): void => {
    for (;;) {
      const { value, done } = rest.next();
      if (done === true || socket.destroyed) return;
      const taken = socket.write(value);
      if (everyMs > 0) return void setTimeout(more, everyMs);
      if (!taken) return void socket.once('drain', more);
    }
  };
  more();
}

export function* endless<T>(piece: T): Generator<T, void, undefined> {
  for (;;) yield piece;
}
