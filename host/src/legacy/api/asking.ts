// What the old API asks vendors. While the old tables rule, a row is a connection that is not saved; then its instance is asked.
import type { ManifestQuery } from '@jackfield/schemas';
import type { ClientScope } from '../../access/index.ts';
import { Problem } from '../../errors.ts';
import type { CheckReport, Checks } from '../../health/index.ts';
import { configSchemaOf, type Instances } from '../../instances/index.ts';
import type { PluginVersion } from '../../kernel/index.ts';
import type { Answering, Queries, ResultStream } from '../../queries/index.ts';
import type { Queryable, Store } from '../../store/index.ts';
import { targetOf } from '../move/links.ts';
import { moveOf } from '../move/modes.ts';
import type { By } from '../move/twin.ts';
import { keptFields, wholeConfigOf } from '../move/whole-config.ts';
import { findOld, type OldRow, readOld } from '../old-rows.ts';
import { type InstalledPlugins, pluginOfSystem } from '../plugins.ts';
import { notFound } from './record-writes.ts';
import { INSTANCES, type OldTable, SYSTEMS } from './tables.ts';

export interface OldQuery {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly description: string | null;
  /** JSON Schema. */
  readonly parameters: object;
  readonly columns: ManifestQuery['columns'];
}

export interface OldAsking {
  /** The default queries: those that everybody may run and a vendor answers. */
  queries(id: number, clients: ClientScope): Promise<OldQuery[]>;
  run(id: number, queryId: string, params: Record<string, unknown>, asking: Answering['asking']): Promise<ResultStream>;
  test(systemId: number, by: By): Promise<CheckReport>;
}

export interface OldAskingParts {
  readonly store: Pick<Store, 'db' | 'readAs'>;
  readonly instances: Instances;
  readonly plugins: InstalledPlugins;
  readonly queries: Queries;
  readonly checks: Checks;
}

/** A saved instance, or the input of a draft. */
type Target = { readonly instanceId: string } | { readonly draft: object };

export function createOldAsking({
  store: { db, readAs },
  instances,
  plugins,
  queries,
  checks,
}: OldAskingParts): OldAsking {
  /** As whoever asks for it may see it. */
  const rowOf = async (table: OldTable, id: number, clients: ClientScope): Promise<OldRow> => {
    const row = await readAs(clients, (seen) => findOld(seen, table, id));
    if (row === undefined) throw notFound(table, id);
    return row;
  };
  const versionOf = async (table: OldTable, row: OldRow): Promise<PluginVersion> => {
    const system = table === SYSTEMS ? row : await systemOf(db, row);
    const name = await pluginOfSystem(db, plugins, system);
    const version = name === undefined ? undefined : plugins.find(name);
    if (version !== undefined) return version;
    throw new Problem('not_found', `no plugin here knows the ${table.noun} ${row.id}`, {
      next: 'GET /api/plugins lists the plugins. The name of the system has to be one of theirs.',
    });
  };

  const targetFor = async (table: OldTable, row: OldRow, version: PluginVersion): Promise<Target> => {
    const { name: plugin } = version.manifest;
    const { mode } = await moveOf(db, plugin);
    const instanceId = await targetOf(db, table.table, row.id, 'instance');
    if (mode !== 'legacy' && instanceId !== undefined) return { instanceId };
    if (mode !== 'legacy' || row['is_active'] === false) throw notConnected(table, row);
    const { config } = wholeConfigOf(version.manifest, row, table === SYSTEMS ? undefined : await systemOf(db, row));
    const kept = keptFields(config);
    const known = Object.fromEntries(Object.entries(config).filter(([field]) => !kept.includes(field)));
    if (kept.length === 0 || instanceId === undefined) return { draft: { plugin, config: known } };
    // Secrets that the row says nothing of are none of its.
    const none = [...configSchemaOf(version).secretFields].filter((field) => !Object.hasOwn(config, field));
    return { draft: { instanceId, config: { ...known, ...Object.fromEntries(none.map((field) => [field, null])) } } };
  };

  return {
    async queries(id, clients) {
      const { manifest } = await versionOf(INSTANCES, await rowOf(INSTANCES, id, clients));
      return Object.entries(manifest.queries).flatMap(([queryId, query]) =>
        isDefault(query)
          ? [
              {
                ...{ id: queryId, name: query.title, title: query.title, description: query.description ?? null },
                ...{ parameters: query.params, columns: query.columns },
              },
            ]
          : [],
      );
    },

    async run(id, queryId, params, asking) {
      const row = await rowOf(INSTANCES, id, asking.clients);
      const version = await versionOf(INSTANCES, row);
      const target = await targetFor(INSTANCES, row, version);
      const request = { ...asking, queryId, params, source: 'json' as const };
      if ('instanceId' in target) return queries.run({ ...request, ...target });
      const query = Object.hasOwn(version.manifest.queries, queryId) ? version.manifest.queries[queryId] : undefined;
      if (query?.view !== undefined) {
        throw new Problem('conflict', `query "${queryId}" asks synced rows, which the old tables have none of`, {
          next: 'Begin the move of the plugin: PUT /api/legacy/modes/:plugin.',
        });
      }
      return queries.runOn(await instances.draft(target.draft), request);
    },

    async test(systemId, by) {
      const row = await rowOf(SYSTEMS, systemId, by.clients);
      const version = await versionOf(SYSTEMS, row);
      const target = (await memberFor(db, row)) ?? row;
      const found = await targetFor('system_id' in target ? INSTANCES : SYSTEMS, target, version);
      return 'instanceId' in found ? checks.saved(found.instanceId) : checks.draft(found.draft, by);
    },
  };
}

function isDefault(query: ManifestQuery): boolean {
  return (query.role ?? 'user') === 'user' && (query.source ?? 'live') === 'live';
}

async function systemOf(db: Queryable, row: OldRow): Promise<OldRow | undefined> {
  return typeof row['system_id'] === 'number' ? findOld(db, SYSTEMS, row['system_id']) : undefined;
}

/** What stands for a system that has no connection of its own: the first of its instances that is in use. */
async function memberFor(db: Queryable, system: OldRow): Promise<OldRow | undefined> {
  if ((await targetOf(db, SYSTEMS.table, system.id, 'instance')) !== undefined) return undefined;
  const members = await readOld(db, INSTANCES, { system_id: system.id });
  const isConnection = typeof system['base_url'] === 'string' && system['base_url'] !== '';
  if (isConnection && (await targetOf(db, SYSTEMS.table, system.id, 'plugin')) === undefined) return undefined;
  return members.find((row) => row['is_active'] !== false);
}

function notConnected({ noun }: OldTable, row: OldRow): Problem {
  return new Problem('conflict', `${noun} ${row.id} is not active`, {
    next: 'Set is_active, and an address and credentials.',
  });
}
