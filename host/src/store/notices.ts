// What the database tells whoever listens (LISTEN): from any host, and to all of them in the order of the commits.
import type { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import type { Limits } from '../limits.ts';
import type { StoreConnection, StoreLog } from './index.ts';
import { impatientSocket } from './postgres.ts';

export interface NoticeListener {
  readonly onNotice: (payload: string) => void;
  /** From now on nothing is missed. What was told before is not heard: at first, and after the connection was lost. */
  readonly onHearing: () => void;
  /** The connection is lost: what is told now is not heard. */
  readonly onDeaf: () => void;
}

export interface ListenOptions extends NoticeListener {
  readonly connection: StoreConnection;
  readonly channel: string;
  readonly limits: Limits['store'];
  readonly log: StoreLog;
}

/** @throws when the database does not answer now; later losses are mended. */
export async function listen(options: ListenOptions): Promise<AsyncDisposable> {
  const { connection } = options;
  return connection.kind === 'pglite' ? listenEmbedded(connection.pglite, options) : listenOnServer(options);
}

async function listenEmbedded(pglite: PGlite, { channel, onNotice, onHearing }: ListenOptions) {
  const end = await pglite.listen(channel, onNotice);
  onHearing();
  return { [Symbol.asyncDispose]: () => end() };
}

async function listenOnServer(options: ListenOptions): Promise<AsyncDisposable> {
  const ear = new Ear(options);
  await ear.open();
  return ear;
}

/** One connection that does nothing else, and is replaced when it is lost. */
class Ear {
  readonly #options: ListenOptions;
  #client: pg.Client | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ListenOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { connection, channel, limits, onNotice, onHearing, onDeaf } = this.#options;
    if (connection.kind !== 'postgres') return;
    const client = new pg.Client({
      connectionString: connection.databaseUrl,
      application_name: 'jackfield-live',
      connectionTimeoutMillis: limits.connectTimeout,
      keepAlive: true,
      // A server that has gone silent tells nothing, and looks like one where nothing happens.
      stream: () => impatientSocket(limits.listenPing + limits.connectTimeout),
    });
    const ping = setInterval(() => void client.query('select 1').catch(() => {}), limits.listenPing);
    client.on('error', (error) =>
      this.#options.log.warn({ err: error }, 'the connection that events come by was lost'),
    );
    client.on('notification', ({ payload = '' }) => onNotice(payload));
    try {
      await client.connect();
      await client.query(`listen ${client.escapeIdentifier(channel)}`);
    } catch (error) {
      clearInterval(ping);
      await client.end().catch(() => {});
      throw error;
    }
    client.on('end', () => {
      clearInterval(ping);
      onDeaf();
      this.#openAgain();
    });
    this.#client = client;
    if (this.#closed) return client.end();
    onHearing();
  }

  #openAgain(): void {
    if (this.#closed) return;
    this.#retry = setTimeout(() => {
      this.open().catch((error: unknown) => {
        this.#options.log.warn({ err: error }, 'events cannot be heard; it is tried again');
        this.#openAgain();
      });
    }, this.#options.limits.listenRetry);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    await this.#client?.end().catch(() => {});
  }
}
