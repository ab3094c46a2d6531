// Stream tables on a real database, with instances to write for and rows encoded as the sandbox encodes them.
import { randomUUID } from 'node:crypto';
import type { Column, ManifestStream, ManifestView } from '@jackfield/schemas';
import { sql } from 'kysely';
import { createHooks, type Hooks, type PluginVersion } from '../../host/src/kernel/index.ts';
import { defaultLimits, type Limits } from '../../host/src/limits.ts';
import type { Log } from '../../host/src/log.ts';
import type { Chunk } from '../../host/src/sandbox/index.ts';
import { cleanStore } from '../support/clean-store.ts';
import { openStore, type Store } from '../../host/src/store/index.ts';
import { type KeyArrays, toKeyArrays } from '../../host/src/sync/key-arrays.ts';
import { createStreamTables, type ApplyCounts, type RowChange, type StreamTables } from '../../host/src/sync/index.ts';
import { createViews, scopeOf, type ViewRows, type Views } from '../../host/src/views/index.ts';
import { createCopiedRows } from '../../sdk/src/runtime/copy-rows.ts';
import { createRowEncoder } from '../../sdk/src/runtime/rows.ts';
import { pluginVersion } from '../instances/fixture.ts';
import type { DatabaseKind, TestDatabase } from '../support/databases.ts';
import { silentLog } from '../support/log.ts';

export const columns: Column[] = [
  { name: 'id', type: 'string' },
  { name: 'title', type: 'string' },
  { name: 'points', type: 'integer' },
  { name: 'hours', type: 'number', unit: 'h' },
  { name: 'open', type: 'boolean' },
  { name: 'due', type: 'date' },
  { name: 'updated', type: 'datetime' },
  { name: 'more', type: 'json' },
];

export function streamOf(changes: Partial<ManifestStream> = {}): ManifestStream {
  return { title: 'Tickets', columns, primaryKey: ['id'], deletion: 'explicit', everyMs: 60_000, ...changes };
}

export function pluginWith(streams: Record<string, ManifestStream>, name = 'tickets'): PluginVersion {
  return pluginVersion({ name, streams });
}

type Row = Record<string, unknown>;
type RunState = 'succeeded' | 'failed' | 'skipped';

/** As the embedded database takes it; {@link Fixture.apply} encodes the rows anew for a server. */
export function upsertOf(
  rows: readonly object[],
  stream = 'tickets',
  of: readonly Column[] = columns,
): RowChange & { readonly rows: readonly object[]; readonly of: readonly Column[] } {
  const encode = createRowEncoder(of, 'ndjson');
  return { stream, kind: 'upsert', reason: null, bytes: Buffer.from(rows.map(encode).join('')), rows, of };
}

/** Rows as a run on this database gets them. */
export function chunkOf({ store }: Pick<Fixture, 'store'>, rows: readonly object[], primaryKey = ['id']): Chunk {
  if (store.kind === 'pglite') return { bytes: new Uint8Array(upsertOf(rows).bytes), rows: rows.length };
  return { ...copied(rows, columns, primaryKey), rows: rows.length };
}

/** Keys of rows as the worker sends them, ready for a statement. */
export function keysOf(fixture: Pick<Fixture, 'store'>, rows: readonly object[], primaryKey = ['id']): KeyArrays {
  return toKeyArrays([chunkOf(fixture, rows, primaryKey)], { primaryKey });
}

function copied(rows: readonly object[], of: readonly Column[], primaryKey: readonly string[]) {
  const encoder = createCopiedRows({ columns: of, primaryKey }, 1024);
  for (const row of rows) encoder.add(row);
  return encoder.take();
}

function forServer(change: RowChange): RowChange {
  const { rows, of } = change as Partial<ReturnType<typeof upsertOf>>;
  if (rows === undefined || of === undefined) return change;
  const names = of.map(({ name }) => name);
  return { ...change, copied: names, bytes: copied(rows, of, names.slice(0, 1)).bytes };
}

export function removeOf(keys: readonly Row[], reason: string | null = null, stream = 'tickets'): RowChange {
  const text = keys.map((key) => `${JSON.stringify(key)}\n`).join('');
  return { stream, kind: 'remove', reason, bytes: Buffer.from(text) };
}

export interface Fixture extends AsyncDisposable {
  readonly store: Store;
  readonly hooks: Hooks;
  readonly tables: StreamTables;
  /** Lines of level error. */
  readonly errors: object[];
  addInstance(id: string, plugin?: string): Promise<void>;
  activate(plugin: PluginVersion, active?: boolean): Promise<void>;
  apply(instanceId: string, ...changes: RowChange[]): Promise<ApplyCounts>;
  /** What a widget's view of the rows would show, over these instances. */
  readView(
    view: ManifestView,
    from: { readonly plugin: string; readonly instanceIds: readonly string[] },
  ): Promise<ViewRows>;
  readonly views: Views;
  /** A run of the stream that has ended so, just now or so long ago. */
  noteRun(instanceId: string, stream: string, state: RunState, agoMs?: number, error?: object): Promise<void>;
  /** Every row of the stream's table, deleted ones too, in the order of the key. */
  rows(table?: string): Promise<Row[]>;
}

export async function openFixture(database: DatabaseKind, limits: Partial<Limits['sync']> = {}): Promise<Fixture> {
  return { ...fixtureWith(await cleanStore(database), limits), [Symbol.asyncDispose]: async () => undefined };
}

/** Disposing closes the store and leaves the database as it is. */
export async function fixtureOn(place: TestDatabase, limits: Partial<Limits['sync']> = {}): Promise<Fixture> {
  return fixtureWith(await openStore({ ...place, limits: defaultLimits.store, log: silentLog }), limits);
}

function fixtureWith(store: Store, limits: Partial<Limits['sync']>): Fixture {
  const hooks = createHooks();
  const errors: object[] = [];
  const log: Log = { ...silentLog, error: (fields) => void errors.push(fields) };
  const sync = { ...defaultLimits.sync, ...limits };
  const tables = createStreamTables({ store, hooks, limits: { ...defaultLimits, sync }, log });
  const views = createViews({ store, tables, limits: { ...defaultLimits, sync } });
  return {
    store,
    hooks,
    tables,
    views,
    errors,
    readView: (view, { plugin, instanceIds }) =>
      views.read({ plugin, view, clients: 'all', groups: [{ scope: scopeOf(instanceIds), params: {} }] }),
    async addInstance(id, plugin = 'tickets') {
      const at = new Date();
      const about = { client_id: null, enabled: true, config: '{}', config_version: 1, revision: 1 };
      const row = { id, plugin, name: id, ...about, created_at: at, updated_at: at };
      await store.db.insertInto('instance').values(row).execute();
    },
    async noteRun(instanceId, stream, state, agoMs = 0, error) {
      const at = sql<Date>`now() - ${agoMs}::float8 * interval '1 millisecond'`;
      await sql`
        insert into run (id, plugin, instance_id, stream, kind, trigger, state, queued_at, ended_at, error)
        select ${randomUUID()}, plugin, id, ${stream}, 'read', 'schedule', ${state}, ${at}, ${at},
          ${error === undefined ? null : JSON.stringify(error)}::text::jsonb
        from instance where id = ${instanceId}`.execute(store.db);
    },
    activate: (plugin, active = true) => hooks.contribute.for('streams').promise({ plugin, active }),
    apply: (instanceId, ...changes) => {
      const encoded = store.kind === 'postgres' ? changes.map(forServer) : changes;
      return tables.apply(store.db, { plugin: 'tickets', instanceId }, encoded);
    },
    async rows(table = 'tickets.tickets') {
      const { rows } = await sql<Row>`select * from ${sql.table(table)} order by 1, 2`.execute(store.db);
      return rows;
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
}

export const counts = (changes: Partial<ApplyCounts>): ApplyCounts => ({
  inserted: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  rejected: 0,
  ...changes,
});
