// Mappings → parameters of clients.
import { isDeepStrictEqual } from 'node:util';
import type { Clients } from '../../clients/index.ts';
import type { Written } from '../../instances/index.ts';
import type { Queryable } from '../../store/index.ts';
import { invalid } from '../api/input.ts';
import { MAPPINGS } from '../api/tables.ts';
import { clientIdOf } from '../clients.ts';
import type { OldRow, Values } from '../old-rows.ts';
import { type InstalledPlugins, pluginNameOf } from '../plugins.ts';
import { removeLinks } from './links.ts';
import { alignMappings, linkMapping, mappingsOf } from './mapping-mirror.ts';
import { mappingFor, type Parameters, parametersOf } from './mapping-values.ts';
import type { Twin } from './twin.ts';

export interface MappingTwinParts {
  readonly clients: Pick<Clients, 'writes' | 'parameters'>;
  readonly plugins: InstalledPlugins;
}

export function createMappingTwin({ clients, plugins }: MappingTwinParts): Twin {
  const pluginOf = async (db: Queryable, row: Values): Promise<string | undefined> =>
    row['system_name'] === undefined ? undefined : pluginNameOf(db, plugins, { system_name: row['system_name'] });
  const clientOf = async (db: Queryable, row: Values): Promise<string> => {
    const id = await clientIdOf(db, row['client_id']);
    if (id === undefined) throw invalid(MAPPINGS, [{ pointer: '/client_id', message: 'is no client' }]);
    return id;
  };

  /** What the client has from this mapping, and from no other. */
  const take = async (trx: Queryable, row: OldRow, clientId: string): Promise<Record<string, null>> => {
    const plugin = await pluginOf(trx, row);
    if (plugin === undefined) return {};
    const others = (await mappingsOf(trx, plugins, plugin, clientId)).filter(({ id }) => id !== row.id);
    const said = new Set(others.flatMap((other) => Object.keys(parametersOf(plugin, other))));
    const own = Object.keys(parametersOf(plugin, row)).filter((name) => !said.has(name));
    return Object.fromEntries(own.map((name) => [name, null]));
  };
  const give = async (trx: Queryable, clientId: string, patch: Values, from: OldRow): Promise<Written[]> => {
    if (Object.keys(patch).length === 0) return [];
    const { parameters } = await clients.writes.patchParameters(trx, clientId, patch, { isMirrored: true });
    // Others that say the same of the client say it as this one does from now on.
    await alignMappings(trx, plugins, {
      plugin: (await pluginOf(trx, from)) ?? '',
      clientId,
      parameters,
      except: from.id,
    });
    return [];
  };

  return {
    pluginOf,

    async assertSound(db, after, change) {
      if (change === undefined || (await pluginOf(db, after)) === (await pluginOf(db, change.before))) return;
      throw invalid(MAPPINGS, [{ pointer: '/system_name', message: 'would take it to another plugin' }]);
    },

    async lock(trx, row) {
      const id = await clientIdOf(trx, row['client_id']);
      if (id !== undefined) await clients.writes.lock(trx, [id]);
    },

    async create(trx, row, plain) {
      const [plugin, clientId] = [(await pluginOf(trx, row)) ?? '', await clientOf(trx, row)];
      await linkMapping(trx, row, { plugin, clientId, origin: 'legacy' });
      return give(trx, clientId, parametersOf(plugin, plain), row);
    },

    async update(trx, before, after) {
      const plugin = (await pluginOf(trx, before)) ?? '';
      const [was, is] = [await clientIdOf(trx, before['client_id']), await clientOf(trx, after)];
      // Both clients would have to be locked before anything is written.
      if (was !== undefined && was !== is) {
        const message = 'cannot be another client while both shapes are written';
        throw invalid(
          MAPPINGS,
          [{ pointer: '/client_id', message }],
          'Delete the mapping and make one for the other client.',
        );
      }
      const said = parametersOf(plugin, before);
      const news = Object.entries(parametersOf(plugin, after)).filter(([name, value]) => said[name] !== value);
      const gone = Object.entries(await take(trx, before, is)).filter(
        ([name]) => parametersOf(plugin, after)[name] === undefined,
      );
      return give(trx, is, Object.fromEntries([...gone, ...news]), before);
    },

    async remove(trx, row) {
      await removeLinks(trx, MAPPINGS.table, row.id);
      const id = await clientIdOf(trx, row['client_id']);
      return id === undefined ? [] : give(trx, id, await take(trx, row, id), row);
    },

    // Everybody who sees a client sees its parameters: a secret is none.
    keeps: async () => [],

    async shown(db, rows) {
      const shown = new Map<number, Values>();
      for (const row of rows) {
        const [plugin, id] = [await pluginOf(db, row), await clientIdOf(db, row['client_id'])];
        if (plugin === undefined || id === undefined || row['is_active'] === false) continue;
        const [said, { parameters }] = [parametersOf(plugin, row), await clients.parameters(id)];
        const own = known(parameters, Object.keys(said));
        // As it was written where it says that already.
        if (isDeepStrictEqual(own, said)) continue;
        shown.set(row.id, mappingFor(plugin, row, own, new Set()));
      }
      return shown;
    },
  };
}

function known(parameters: Parameters, names: readonly string[]): Parameters {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = parameters[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
