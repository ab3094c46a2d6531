// Old tables → instances: systems with an address of their own, and the instances of systems.
import { Problem } from '../../errors.ts';
import type { Instances, InstanceView, Written } from '../../instances/index.ts';
import type { PluginVersion } from '../../kernel/index.ts';
import type { Queryable } from '../../store/index.ts';
import { invalid } from '../api/input.ts';
import { INSTANCES, type OldTable, SYSTEMS } from '../api/tables.ts';
import { inheriting, isSameConnection, readConnection } from '../import/connections.ts';
import { withKept } from '../masks.ts';
import { findOld, holdOld, type OldRow, readOld, type Values } from '../old-rows.ts';
import { type InstalledPlugins, pluginNameOf, pluginOfSystem } from '../plugins.ts';
import { clientOf, configChange, nameOf, ownChange, type Placed, soundConfig, unsent } from './connection-values.ts';
import { followDefaults } from './defaults.ts';
import { addLink, removeLinks, targetOf, targetsOf } from './links.ts';
import { membersOf } from './members.ts';
import { valuesFor } from './mirror.ts';
import { becomeName, endName, staysName } from './names.ts';
import { assertSecretsStay } from './same-origin.ts';
import type { By, Change, Twin } from './twin.ts';
import { keptFields, wholeConfigOf } from './whole-config.ts';

export interface ConnectionTwinParts {
  readonly instances: Pick<Instances, 'writes' | 'list'>;
  readonly plugins: InstalledPlugins;
}

interface Following {
  readonly version: PluginVersion;
  readonly was: Placed;
  readonly is: Placed;
  /** What is not its config. */
  readonly own: Values;
}

export class ConnectionTwin implements Twin {
  readonly #table: OldTable;
  readonly #isSystem: boolean;
  readonly #instances: ConnectionTwinParts['instances'];
  readonly #plugins: InstalledPlugins;

  constructor(table: OldTable, { instances, plugins }: ConnectionTwinParts) {
    this.#table = table;
    this.#isSystem = table === SYSTEMS;
    this.#instances = instances;
    this.#plugins = plugins;
  }

  async pluginOf(db: Queryable, row: Values): Promise<string | undefined> {
    if (!this.#isSystem) return pluginOfSystem(db, this.#plugins, await this.#systemOf(db, row));
    const isSaved = typeof row['id'] === 'number';
    return isSaved ? pluginOfSystem(db, this.#plugins, row as OldRow) : pluginNameOf(db, this.#plugins, row);
  }

  async assertSound(db: Queryable, after: Values, change?: Change): Promise<void> {
    if (!this.#isSystem && (await this.#heldSystemOf(db, after)) === undefined) {
      throw invalid(this.#table, [{ pointer: '/system_id', message: 'is no system' }]);
    }
    if (change === undefined) return;
    const { before, sent } = change;
    await assertSecretsStay(db, this.#table, { before, after, sent });
    const was = this.#isSystem
      ? await targetOf(db, SYSTEMS.table, before.id, 'plugin')
      : await this.pluginOf(db, before);
    const isLinked = this.#isSystem || (await this.#instanceOf(db, before.id)) !== undefined;
    const is = this.#isSystem ? await pluginNameOf(db, this.#plugins, after) : await this.pluginOf(db, after);
    if (was === undefined || !isLinked || is === was) return;
    const column = this.#isSystem ? 'system_name' : 'system_id';
    throw invalid(this.#table, [{ pointer: `/${column}`, message: `would take it from the plugin "${was}"` }]);
  }

  async assertRemovable(db: Queryable, row: OldRow): Promise<void> {
    if (!this.#isSystem) return;
    const members = await readOld(db, INSTANCES, { system_id: row.id });
    if (members.length === 0) return;
    throw new Problem('conflict', `external system ${row.id} has ${members.length} instances`, {
      next: 'Delete its instances first.',
    });
  }

  async keeps(db: Queryable, row: Values): Promise<readonly unknown[]> {
    const { manifest } = await this.#versionOf(db, row);
    if (!(await this.#hasInstance(db, row))) return [];
    return Object.values(wholeConfigOf(manifest, row, await this.#systemOf(db, row)).config);
  }

  async lock(trx: Queryable, row: OldRow): Promise<void> {
    const own = await this.#instanceOf(trx, row.id);
    const members = this.#isSystem ? [...(await membersOf(trx, row.id)).values()] : [];
    await this.#instances.writes.lock(trx, [...members, ...(own === undefined ? [] : [own])]);
    await this.#heldSystemOf(trx, row);
  }

  async create(trx: Queryable, row: OldRow, plain: Values, by: By): Promise<Written[]> {
    const { name: plugin } = (await this.#versionOf(trx, plain)).manifest;
    if (this.#isSystem) {
      await addLink(trx, {
        ...{ legacy_table: SYSTEMS.table, legacy_id: row.id, kind: 'plugin', target_id: plugin },
        ...{ plugin, origin: 'legacy' },
      });
      await followDefaults(trx, this.#plugins, plugin, undefined, { ...plain, id: row.id });
    }
    return this.#make(trx, row, plain, by);
  }

  async update(trx: Queryable, before: OldRow, after: OldRow, by: By): Promise<Written[]> {
    const written: Written[] = [];
    const version = await this.#versionOf(trx, before);
    const id = await this.#instanceOf(trx, before.id);
    if (id === undefined) {
      const isName = this.#isSystem && (await staysName(trx, before, after));
      if (!isName) written.push(...(await this.#make(trx, before, after, by)));
    } else {
      const [was, is] = [await this.#placed(trx, before), await this.#placed(trx, after)];
      const own = await ownChange(trx, was, is, this.#isSystem);
      written.push(...(await this.#follow(trx, id, { version, was, is, own }, by)));
    }
    if (!this.#isSystem) return written;
    for (const [memberId, instanceId] of await membersOf(trx, before.id)) {
      const row = await findOld(trx, INSTANCES, memberId);
      if (row === undefined) continue;
      const inherited = { version, was: { row, system: before }, is: { row, system: after }, own: {} };
      written.push(...(await this.#follow(trx, instanceId, inherited, by)));
    }
    await followDefaults(trx, this.#plugins, version.manifest.name, before, after);
    return written;
  }

  async remove(trx: Queryable, row: OldRow): Promise<Written[]> {
    const id = await this.#instanceOf(trx, row.id);
    const plugin = await this.pluginOf(trx, row);
    if (this.#isSystem && plugin !== undefined) await followDefaults(trx, this.#plugins, plugin, row, undefined);
    await removeLinks(trx, this.#table.table, row.id);
    if (id === undefined || row['is_active'] === false) return [];
    return [await this.#instances.writes.update(trx, id, { enabled: false }, { isMirrored: true })];
  }

  async shown(db: Queryable, rows: readonly OldRow[]): Promise<ReadonlyMap<number, Values>> {
    const table = this.#table;
    const links = await targetsOf(db, table.table, 'instance');
    const views = new Map((await this.#instances.list()).map((view): [string, InstanceView] => [view.id, view]));
    const shown = new Map<number, Values>();
    for (const row of rows) {
      const view = views.get(links.get(row.id) ?? '');
      if (view !== undefined) shown.set(row.id, await valuesFor(db, this.#plugins, view, new Set(), { table, row }));
    }
    return shown;
  }

  #instanceOf(db: Queryable, id: number): Promise<string | undefined> {
    return targetOf(db, this.#table.table, id, 'instance');
  }

  async #systemOf(db: Queryable, row: Values): Promise<OldRow | undefined> {
    return this.#isSystem || typeof row['system_id'] !== 'number' ? undefined : findOld(db, SYSTEMS, row['system_id']);
  }

  /** What is taken from it is what it says when both are there: a change of it waits, and finds its new instances. */
  async #heldSystemOf(trx: Queryable, row: Values): Promise<OldRow | undefined> {
    const id = row['system_id'];
    return this.#isSystem || typeof id !== 'number' ? undefined : holdOld(trx, SYSTEMS, id);
  }

  async #placed(db: Queryable, row: Values): Promise<Placed> {
    return { row, system: await this.#systemOf(db, row) };
  }

  async #versionOf(db: Queryable, row: Values): Promise<PluginVersion> {
    const name = await this.pluginOf(db, row);
    const version = name === undefined ? undefined : this.#plugins.find(name);
    if (version !== undefined) return version;
    throw new Problem('conflict', `the plugin "${name}" is missing, and both shapes are written`, {
      next: 'GET /api/plugins says why. Put it right, then try again.',
    });
  }

  /** Whether there is an instance that takes what the row has, or will be: its own, or those that inherit from it. */
  async #hasInstance(db: Queryable, row: Values): Promise<boolean> {
    if (this.#isConnection(row) && row['is_active'] !== false) return true;
    if (typeof row['id'] !== 'number') return false;
    if ((await this.#instanceOf(db, row['id'])) !== undefined) return true;
    return this.#isSystem && (await membersOf(db, row['id'])).size > 0;
  }

  #isConnection(row: Values): boolean {
    return !this.#isSystem || (typeof row['base_url'] === 'string' && row['base_url'] !== '');
  }

  /** The instance of a row that has none yet, where it has one to have. */
  async #make(trx: Queryable, row: OldRow, plain: Values, by: By): Promise<Written[]> {
    const table = this.#table;
    const version = await this.#versionOf(trx, { ...plain, id: row.id });
    const { name: plugin } = version.manifest;
    if (!this.#isConnection(plain) || plain['is_active'] === false) return [];
    if (this.#isSystem && (await isAMembers(trx, { ...plain, id: row.id }))) {
      await becomeName(trx, row.id, plain, plugin);
      return [];
    }
    const placed = await this.#placed(trx, { ...plain, id: row.id });
    const config = soundConfig(table, version, placed, {});
    const missing = keptFields(config);
    if (missing.length > 0) throw unsent(table, missing);
    const id = this.#isSystem ? await freeDefault(trx, plugin) : undefined;
    const clientId = await clientOf(trx, plain);
    const name = nameOf(placed, this.#isSystem);
    const input = { plugin, name, config, ...(id === undefined ? {} : { id }), clientId };
    const written = await this.#instances.writes.create(trx, input, { ...by, isMirrored: true });
    await addLink(trx, {
      ...{ legacy_table: table.table, legacy_id: row.id, kind: 'instance', target_id: written.row.id },
      ...{ plugin, origin: 'legacy' },
    });
    if (this.#isSystem) await endName(trx, row.id);
    return [written];
  }

  /** The instance does what its row has done. */
  async #follow(trx: Queryable, id: string, { version, was, is, own }: Following, by: By): Promise<Written[]> {
    const change = { ...own, ...configChange(this.#table, version, was, is) };
    if (Object.keys(change).length === 0) return [];
    return [await this.#instances.writes.update(trx, id, change, { ...by, isMirrored: true })];
  }
}

/** Its connection is one of its instances': it is only a name over them. */
async function isAMembers(db: Queryable, system: OldRow): Promise<boolean> {
  const own = readConnection(withKept(system));
  const members = await readOld(db, INSTANCES, { system_id: system.id });
  return members.some((member) => isSameConnection(own, inheriting(readConnection(withKept(member)), own)));
}

/** `jira-default` as long as nothing has that id. */
async function freeDefault(db: Queryable, plugin: string): Promise<string | undefined> {
  const id = `${plugin}-default`;
  const taken = await db.selectFrom('instance').select('id').where('id', '=', id).executeTakeFirst();
  return taken === undefined ? id : undefined;
}
