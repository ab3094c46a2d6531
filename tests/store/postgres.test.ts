import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { silentLog } from '../support/log.ts';
import { CopyData, endStuckCopies, openStore, type Store } from '../../host/src/store/index.ts';
import { migrations } from '../../host/src/store/migrations/index.ts';
import { server, type TestDatabase } from '../support/databases.ts';

const limits = defaultLimits.store;
const open = (place: TestDatabase, log = silentLog): Promise<Store> => openStore({ ...place, limits, log });

interface Proxy extends AsyncDisposable {
  readonly url: string;
  /** From now on the connections that are open carry nothing; new ones work. */
  silence(): void;
}

async function openProxy(databaseUrl: string): Promise<Proxy> {
  const server = new URL(databaseUrl);
  const url = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = connect(Number(server.port || 5432), server.hostname);
    for (const socket of [near, far]) sockets.add(socket.on('error', () => undefined));
    near.pipe(far).pipe(near);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  return {
    url: url.href,
    silence: () => sockets.forEach((socket) => socket.unpipe().pause()),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}

describe('a store on a PostgreSQL server', () => {
  test('twenty hosts that start together run each migration once', async () => {
    await using place = await server.openEmpty();
    const ran: object[] = [];
    const log = { ...silentLog, info: (fields: object) => ran.push(fields) };
    const stores = await Promise.all(Array.from({ length: 20 }, () => open(place, log)));
    await Promise.all(stores.map((store) => store.close()));
    expect(ran).toEqual([{ migrations: Object.keys(migrations) }]);
  });

  test('connections that the server ends, idle or inside a transaction, fail that work and nothing else', async () => {
    await using place = await server.open();
    const warnings: string[] = [];
    await using store = await open(place, { ...silentLog, warn: (_, message) => warnings.push(message) });
    await using killer = await open(place);
    const kill = async (): Promise<void> => {
      const { rows } = await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
      `.execute(killer.db);
      expect(rows.length).toBeGreaterThan(0);
    };
    const interrupted = store.db.transaction().execute(async (trx) => {
      await sql`select 1`.execute(trx);
      await kill();
      await expect.poll(() => warnings.length).toBeGreaterThan(0);
      await sql`select 1`.execute(trx);
    });
    await expect(interrupted).rejects.toThrow(/terminat|not queryable/);
    await store.ping();

    warnings.length = 0;
    await kill();
    await expect.poll(() => warnings.length).toBeGreaterThan(0);
    await store.ping();
  });

  test('a statement that takes longer than the limit is ended by the server', async () => {
    await using place = await server.open();
    await using store = await openStore({ ...place, limits: { ...limits, statementTimeout: 100 }, log: silentLog });
    await expect(sql`select pg_sleep(20)`.execute(store.db)).rejects.toThrow(/statement timeout/);
    await store.ping();
  });

  test('a transaction that nobody goes on with gives its locks back', async () => {
    await using place = await server.open();
    await using store = await openStore({ ...place, limits: { ...limits, transactionIdle: 1_000 }, log: silentLog });
    await using other = await open(place);
    const locked = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const stopped = store.db.transaction().execute(async (trx) => {
      await sql`lock table api_token`.execute(trx);
      locked.resolve();
      await goOn.promise;
      await sql`select 1`.execute(trx);
    });
    await locked.promise;
    await sql`select count(*) from api_token`.execute(other.db);
    goOn.resolve();
    await expect(stopped).rejects.toThrow(/idle-in-transaction timeout|not queryable|terminated/);
  });

  test('a session that waits for the rows of its COPY is ended by another host, and gives its locks back', async () => {
    await using place = await server.open();
    await using proxy = await openProxy(place.databaseUrl ?? '');
    const impatient = { ...limits, connectTimeout: 500, statementTimeout: 500, transactionIdle: 500 };
    await using store = await openStore({ ...place, databaseUrl: proxy.url, limits: impatient, log: silentLog });
    await using other = await open(place);
    // The moment at which they are asked for.
    const neverSent = Object.defineProperty(new CopyData([]), 'chunks', {
      get() {
        proxy.silence();
        return [Buffer.from('1\n')];
      },
    });
    const stopped = store.db.transaction().execute(async (trx) => {
      await sql`create temporary table arrived (id int)`.execute(trx);
      await sql`lock table api_token`.execute(trx);
      await sql`copy arrived from stdin ${neverSent}`.execute(trx);
    });
    await expect(stopped).rejects.toThrow(/gone silent|not queryable/);
    const locks = sql`select 1 from pg_locks where relation = 'api_token'::regclass`;
    expect((await locks.execute(other.db)).rows, 'no timeout of the server has ended it').not.toHaveLength(0);
    expect(await endStuckCopies(other.db, limits.transactionIdle), 'a COPY that is young').toBe(0);
    expect(await endStuckCopies(other.db, 500)).toBe(1);
    await other.db.transaction().execute((trx) => sql`lock table api_token`.execute(trx));
    expect(await endStuckCopies(other.db, 0)).toBe(0);
  });

  test('a connection that goes silent is given up and replaced', async () => {
    await using place = await server.open();
    await using proxy = await openProxy(place.databaseUrl ?? '');
    const impatient = { ...limits, connections: 1, connectTimeout: 500, statementTimeout: 500, transactionIdle: 500 };
    await using store = await openStore({ ...place, databaseUrl: proxy.url, limits: impatient, log: silentLog });
    await store.ping();
    proxy.silence();
    await expect(store.ping()).rejects.toThrow('did not answer within 500 ms');
    await expect.poll(() => store.ping().then(() => 'answers', String), { timeout: 10_000 }).toBe('answers');
  });

  test('a server that accepts and then says nothing is given up after the connect timeout', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const databaseUrl = `postgres://someone:hidden-password@127.0.0.1:${address.port}/x`;
    const opening = openStore({
      databaseUrl,
      dataFolder: '',
      limits: { ...limits, connectTimeout: 200 },
      log: silentLog,
    });
    const failure = await opening.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(String(failure)).toMatch(/cannot be migrated/);
    expect(sockets.length).toBeGreaterThan(0);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test.each(['mysql://root:hidden-password@db/x', 'hidden-password', ''])(
    'what is no PostgreSQL URL is refused without repeating it (%#)',
    async (databaseUrl) => {
      const opening = openStore({ databaseUrl, dataFolder: '', limits, log: silentLog });
      await expect(opening).rejects.toThrow(/^DATABASE_URL must look like (?!.*hidden-password)/);
    },
  );
});
