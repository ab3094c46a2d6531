// A connection whose statements may be COPY … FROM STDIN, so that rows take part in a transaction like any other statement.
// Not pg-copy-streams: when the server refuses a row while later ones wait for the socket, it throws where nobody can catch it.
import pg from 'pg';
import { nameOf } from './prepared.ts';

/**
 * What goes to the server's stdin. As a statement's only parameter: sql`copy t from stdin ${new CopyData(chunks)}`. The answer is one
 * row `{ copied }`.
 */
export class CopyData {
  readonly chunks: readonly Uint8Array[];

  constructor(chunks: readonly Uint8Array[]) {
    this.chunks = chunks;
  }
}

/** Where Kysely puts the parameter; in COPY there is none. */
const PARAMETER = /\$1$/;

/** pg's connection, as far as its types know it and one member further. */
interface CopyingConnection extends pg.Connection {
  endCopyFrom(): void;
}

const COPY_DATA = 0x64;
/** Type and length; the length counts itself. */
const HEADER_BYTES = 5;
const LENGTH_BYTES = 4;

class CopyQuery extends pg.Query {
  readonly #data: CopyData;

  constructor(text: string, data: CopyData, done: (error: Error | null, result?: pg.QueryResult) => void) {
    super(text, [], done as () => void);
    this.#data = data;
  }

  // Called by pg. All at once: what is sent is in memory anyway, and a server that has refused a row skips the rest. Written beside
  // its header, because pg's own way makes a copy of each chunk, and the garbage of that costs more than all the rest of it.
  handleCopyInResponse(connection: CopyingConnection): void {
    const { stream } = connection;
    stream.cork();
    for (const chunk of this.#data.chunks) {
      const header = Buffer.alloc(HEADER_BYTES, COPY_DATA);
      header.writeUInt32BE(chunk.byteLength + LENGTH_BYTES, 1);
      stream.write(header);
      stream.write(chunk);
    }
    stream.uncork();
    connection.endCopyFrom();
  }
}

export class CopyClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config);
    const query = this.query.bind(this) as (...args: unknown[]) => unknown;
    const queryOrCopy = (text: unknown, values?: unknown, ...rest: unknown[]): unknown => {
      const [data] = Array.isArray(values) ? (values as unknown[]) : [];
      if (!(data instanceof CopyData)) {
        const name = typeof text === 'string' ? nameOf(text) : undefined;
        return query(name === undefined ? text : { name, text }, values, ...rest);
      }
      return new Promise((resolve, reject) => {
        query(
          new CopyQuery(String(text).replace(PARAMETER, ''), data, (error, result) =>
            // Kysely keeps nothing but the rows of what is neither INSERT, UPDATE nor DELETE.
            error === null ? resolve({ ...result, rows: [{ copied: result?.rowCount ?? 0 }] }) : reject(error),
          ),
        );
      });
    };
    this.query = queryOrCopy as pg.Client['query'];
  }
}
