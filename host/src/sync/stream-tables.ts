// The tables of the streams: one for each stream of each active plugin, with the rows of all instances. Deleted rows stay, marked.
import type { Column } from '@jackfield/schemas';
import type { TableEncoding } from '@jackfield/sdk/runtime';
import { Problem } from '../errors.ts';
import type { Hooks, InstanceEvent, PluginVersion } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Queryable, Store } from '../store/index.ts';
import { addCounts, applyChange, type ApplyCounts, noCounts, type RowChange } from './apply.ts';
import { dropOrphans, dropRows, registeredTables } from './row-cleanup.ts';
import type { History } from './retention.ts';
import type { RowTarget } from './row-statements.ts';
import { keepTables } from './table-upkeep.ts';
import { shapeOf, type TableShape } from './table-shape.ts';

export interface StreamStatus {
  readonly id: string;
  readonly title: string;
  /** For SQL and BI tools: schema and table. */
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  /** Why rows are neither written nor read until a person has helped. */
  readonly repair?: string;
}

export interface StreamTables {
  /** How rows have to be encoded. */
  readonly encoding: TableEncoding;
  /** Makes the tables of this version's streams; tapped to `contribute`, and harmless to call again. */
  ensure(plugin: PluginVersion): Promise<void>;
  /** Streams of an active plugin. */
  list(plugin: string): readonly StreamStatus[];
  /**
   * Applies changes in their order. All of them are committed or none; with a transaction for `db` that is the caller's to decide.
   * @throws Problem `gone` when the instance was deleted, `conflict` when a stream needs a repair, `not_found` when there is none.
   */
  apply(
    db: Queryable,
    target: { readonly plugin: string; readonly instanceId: string },
    changes: readonly RowChange[],
  ): Promise<ApplyCounts>;
  /** Where one instance's rows of a stream go. @throws Problem as `apply` does. */
  target(stream: string, of: { readonly plugin: string; readonly instanceId: string }): RowTarget;
  /** Streams whose rows are kept for a time. */
  histories(): readonly History[];
  /** Where a stream's rows are. @throws Problem as `apply` does. */
  shape(plugin: string, stream: string): TableShape;
}

export interface StreamTablesParts {
  readonly store: Pick<Store, 'db' | 'kind' | 'guard'>;
  readonly hooks: Pick<Hooks, 'contribute' | 'instance'>;
  readonly limits: Limits;
  readonly log: Log;
}

interface Ready {
  readonly shape: TableShape;
  readonly title: string;
  readonly repair: string | undefined;
}

interface ActivePlugin {
  readonly plugin: PluginVersion;
  readonly streams: ReadonlyMap<string, Ready>;
}

export function createStreamTables({ store, hooks, limits, log }: StreamTablesParts): StreamTables {
  const { db, kind } = store;
  const active = new Map<string, ActivePlugin>();
  // The server takes JSON as the bytes that it is.
  const encode = kind === 'postgres' ? (json: Buffer) => json : (json: Buffer) => json.toString();
  // The embedded database has no COPY over its connection.
  const encoding = kind === 'postgres' ? 'copy' : 'ndjson';

  const usable = (plugin: string, stream: string): TableShape => {
    const ready = active.get(plugin)?.streams.get(stream);
    if (!ready) throw new Problem('not_found', `the plugin "${plugin}" has no stream "${stream}"`, { plugin });
    if (ready.repair === undefined) return ready.shape;
    throw new Problem('conflict', `the stream "${stream}" of the plugin "${plugin}" needs a repair: ${ready.repair}`, {
      plugin,
      next: 'Install a version of the plugin that fits the table, or rename the table to have a new one made.',
    });
  };

  const tables: StreamTables = {
    encoding,

    async ensure(plugin) {
      const { name, streams: declared = {} } = plugin.manifest;
      const shapes = Object.entries(declared).map(([id, stream]) => shapeOf(name, id, stream));
      const repairs = await keepTables(store, shapes, limits.sync);
      const streams = new Map<string, Ready>();
      for (const shape of shapes) {
        const { stream: id } = shape;
        const repair = repairs.get(id);
        if (repair !== undefined) log.error({ plugin: name, stream: id, reason: repair }, 'a stream needs a repair');
        streams.set(id, { shape, title: declared[id]?.title ?? id, repair });
      }
      const sound = shapes.filter(({ stream }) => !repairs.has(stream));
      await dropOrphans(db, sound, limits.sync);
      active.set(name, { plugin, streams });
    },

    list: (plugin) => [...(active.get(plugin)?.streams.values() ?? [])].map(statusOf),

    async apply(queryable, { plugin, instanceId }, changes) {
      if (!queryable.isTransaction) {
        return queryable.transaction().execute((trx) => tables.apply(trx, { plugin, instanceId }, changes));
      }
      let counts = noCounts;
      for (const change of changes) {
        const target = tables.target(change.stream, { plugin, instanceId });
        counts = addCounts(counts, await applyChange(queryable, target, change));
      }
      return counts;
    },

    histories: () =>
      [...active.values()].flatMap(({ plugin, streams }) =>
        [...streams].flatMap(([id, { shape, repair }]) => {
          const retainMs = plugin.manifest.streams?.[id]?.retainMs;
          return retainMs === undefined || repair !== undefined ? [] : [{ shape, retainMs }];
        }),
      ),

    target: (stream, { plugin, instanceId }) => ({
      shape: usable(plugin, stream),
      instanceId,
      encode,
      encoding,
    }),

    shape: usable,
  };

  hooks.contribute.for('streams').tapPromise('streams', async ({ plugin, active: isActive }) => {
    if (isActive) await tables.ensure(plugin);
    // A version that went may have been followed by another already.
    else if (active.get(plugin.manifest.name)?.plugin === plugin) active.delete(plugin.manifest.name);
  });
  hooks.instance.tapPromise('streams', async ({ kind: event, id, plugin }: InstanceEvent) => {
    // An id may be used again: a new instance must not inherit what a deletion that was cut short left behind.
    if (event !== 'deleted' && event !== 'created') return;
    for (const table of await registeredTables(db, plugin)) await dropRows(db, table, id, limits.sync);
  });
  return tables;
}

function statusOf({ shape, title, repair }: Ready): StreamStatus {
  const { stream: id, schema, table, columns, primaryKey } = shape;
  return { id, title, schema, table, columns, primaryKey, ...(repair === undefined ? {} : { repair }) };
}
