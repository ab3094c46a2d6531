// The synced queries of a plugin over rows that its own streams have read: asked as the host asks them.
import type { PluginManifest } from '@jackfield/schemas';
import type { Plugin } from '@jackfield/sdk';
import { scopeOf } from '../../host/src/views/index.ts';
import { toManifest } from '../../sdk/src/define/manifest.ts';
import { pluginVersion } from '../instances/fixture.ts';
import { openFixture, upsertOf } from '../sync/fixture.ts';
import type { DatabaseKind } from './databases.ts';

type Row = Record<string, unknown>;

export function manifestOf(plugin: Plugin): PluginManifest {
  const bundle = { file: 'plugin.js', sha256: '0'.repeat(64), bytes: 1 } as const;
  return toManifest(plugin, { version: '1.0.0', sdkVersion: '0.1.0', bundle });
}

export interface SyncedFixture extends AsyncDisposable {
  /** Makes an instance, of the client if one is named. */
  add(id: string, client: string | null, rows: Readonly<Record<string, readonly Row[]>>): Promise<void>;
  /** Over these instances, or of one alone. */
  ask(query: string, ids: readonly string[] | string, params?: Row): Promise<Row[]>;
}

/** Clients have the time zone of their name. */
export async function openSynced(database: DatabaseKind, manifest: PluginManifest): Promise<SyncedFixture> {
  const fixture = await openFixture(database);
  await fixture.activate(pluginVersion(manifest));
  const { db } = fixture.store;
  return {
    async add(id, client, rows) {
      await fixture.addInstance(id, manifest.name);
      const at = new Date();
      if (client !== null) {
        const made = { id: client, name: client, time_zone: client, revision: 1, created_at: at, updated_at: at };
        await db
          .insertInto('client')
          .values(made)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
      await db.updateTable('instance').set({ client_id: client }).where('id', '=', id).execute();
      for (const [stream, of] of Object.entries(rows)) {
        const changes = [upsertOf(of, stream, manifest.streams?.[stream]?.columns)];
        await fixture.tables.apply(db, { plugin: manifest.name, instanceId: id }, changes);
      }
    },
    async ask(id, ids, params = {}) {
      const query = manifest.queries[id];
      if (query?.view === undefined) throw new Error(`no synced query ${id}`);
      const { rows } = await fixture.views.read({
        plugin: manifest.name,
        view: query.view,
        params: query.params,
        clients: 'all',
        groups: [{ scope: scopeOf(typeof ids === 'string' ? [ids] : ids), params }],
        ...(typeof ids === 'string' ? { per: 'one' } : {}),
      });
      return rows.map((row) => ({ ...row }));
    },
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}
