// Points of a sync at which a host can be killed, found from outside of it: by its vendor, who sees each page, and by its database,
// where a trigger makes a statement wait or tells of a commit. The host has no seam for any of this.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import pg from 'pg';
import { until } from '../../support/until.ts';
import type { LedgerStream, LedgerVendor } from './ledger-vendor.ts';

/** Resolves when the host is there. The host stays there until `release`, as far as that can be. */
export interface Armed extends AsyncDisposable {
  readonly reached: Promise<void>;
  /** The server's process of the session that waits there. */
  waiting?(): Promise<number | undefined>;
}

export interface KillPoint {
  readonly name: string;
  /** It comes this often in every read: pages do, but how many of them become one transaction is the host's affair. */
  readonly times: number;
  arm(nth: number): Promise<Armed>;
}

/** Before a page is answered, and so many milliseconds after it was. */
export function vendorPoints(vendor: LedgerVendor, stream: LedgerStream, afterMs: number): KillPoint[] {
  const at = (nth: number): number => vendor.count(stream) + nth;
  const calm = async (): Promise<void> => {
    vendor.instead = undefined;
    vendor.sent = undefined;
  };
  return [
    {
      name: `${stream}: page asked`,
      times: 2,
      async arm(nth) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const wanted = at(nth);
        vendor.instead = (page) => {
          if (page.stream !== stream || page.nth !== wanted) return false;
          resolve();
          return true;
        };
        return { reached: promise, [Symbol.asyncDispose]: calm };
      },
    },
    {
      name: `${stream}: page sent, ${afterMs} ms later`,
      times: 2,
      async arm(nth) {
        const { promise, resolve } = Promise.withResolvers<void>();
        const wanted = at(nth);
        vendor.sent = (page) => {
          if (page.stream === stream && page.nth === wanted) setTimeout(resolve, afterMs);
        };
        return { reached: promise, [Symbol.asyncDispose]: calm };
      },
    },
  ];
}

interface DatabasePoint {
  /** When the trigger fires: `before update on …`. */
  readonly on: string;
  readonly when?: string;
  readonly each: 'row' | 'statement';
  /** Of a commit: it waits in it, or is told when it has happened. */
  readonly at?: 'commit' | 'committed';
}

function databasePoint(stream: LedgerStream): Readonly<Record<string, DatabasePoint>> {
  const ofStream = (rest: string): string => `new.stream = '${stream}' and ${rest}`;
  const cursor = {
    on: 'after insert or update on sync_cursor',
    when: `new.stream = '${stream}'`,
    each: 'row',
  } as const;
  return {
    'before it is claimed': { on: 'before update on run', when: ofStream(`new.state = 'running'`), each: 'row' },
    'after it was claimed': {
      on: 'after update on run',
      when: ofStream(`new.state = 'running' and old.state = 'queued'`),
      each: 'row',
      at: 'committed',
    },
    'before a batch': { on: `before insert on ledger.${stream}`, each: 'statement' },
    'after a batch': { on: `after insert on ledger.${stream}`, each: 'statement' },
    'before the cursor': {
      on: 'before update on sync_schedule',
      when: ofStream('new.cursor is distinct from old.cursor'),
      each: 'row',
    },
    'after the cursor': cursor,
    'in the commit': { ...cursor, at: 'commit' },
    'after the commit': { ...cursor, at: 'committed' },
    'before the end': { on: 'before update on run', when: ofStream(`new.state = 'succeeded'`), each: 'row' },
    'after the end': {
      on: 'after update on run',
      when: ofStream(`new.state = 'succeeded'`),
      each: 'row',
      at: 'committed',
    },
  };
}

/** What a server's database can tell of. The streams' tables must be there. */
export function databasePoints(databaseUrl: string, stream: LedgerStream): KillPoint[] {
  const points = Object.entries(databasePoint(stream));
  // It has no cursor.
  const fit = stream === 'holders' ? points.filter(([name]) => !/cursor|commit/.test(name)) : points;
  return fit.map(([name, point]) => ({
    name: `${stream}: ${name}`,
    times: 1,
    arm: (nth) => armTrigger(databaseUrl, point, nth),
  }));
}

async function armTrigger(databaseUrl: string, point: DatabasePoint, nth: number): Promise<Armed> {
  const client = await connect(databaseUrl);
  const name = `point_${randomBytes(6).toString('hex')}`;
  const key = randomBytes(3).readUIntBE(0, 3);
  const tells = point.at === 'committed';
  // Sequences do not go back with a transaction: each time counts.
  await client.query(`create sequence ${name}`);
  await client.query(`
    create function ${name}() returns trigger language plpgsql as $$ begin
      if nextval('${name}') = ${nth} then ${tells ? `perform pg_notify('${name}', '')` : `perform pg_advisory_xact_lock(${key})`}; end if;
      return new;
    end $$`);
  const deferred = point.at === 'commit';
  const table = point.on.replace(/^.* on /, '');
  await client.query(`
    create ${deferred ? 'constraint ' : ''}trigger ${name} ${point.on} ${deferred ? 'deferrable initially deferred' : ''}
    for each ${point.each} ${point.when === undefined ? '' : `when (${point.when})`} execute function ${name}()`);
  await client.query(tells ? `listen ${name}` : `select pg_advisory_lock(${key})`);
  const isWaiting = async (): Promise<true | undefined> => {
    const { rows } = await client.query(
      `select 1 from pg_locks where locktype = 'advisory' and not granted and objid = ${key}`,
    );
    return rows.length > 0 ? true : undefined;
  };
  const reached = tells ? once(client, 'notification') : until(isWaiting, 30_000);
  return {
    reached: reached.then(() => undefined),
    waiting: async () =>
      (await client.query<{ pid: number }>(`select pid from pg_locks where not granted and objid = ${key}`)).rows[0]
        ?.pid,
    async [Symbol.asyncDispose]() {
      // Its lock goes with it. The server may have been restarted meanwhile.
      await client.end();
      const another = await connect(databaseUrl);
      await another.query(`drop trigger ${name} on ${table}; drop function ${name}; drop sequence ${name}`);
      await another.end();
    },
  };
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
