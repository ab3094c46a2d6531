// Systems and their instances: connections of plugins.
import { textOf, booleanOf } from './cells.ts';
import {
  fitConnection,
  formsOfSecrets,
  inheriting,
  isSameConnection,
  type OldConnection,
  addressKey,
  readConnection,
  takeRowSecrets,
} from './connections.ts';
import type { FoundRow } from './found-tables.ts';
import { withKept } from './kept.ts';
import type { Planner } from './planner.ts';
import { saidClient } from './said-client.ts';
import type { Quarantined, Wish } from './planning.ts';
import { type NamedPlugin, pluginNamed } from './system-names.ts';

interface System {
  readonly found: FoundRow;
  readonly name: string;
  readonly plugin: string;
  readonly isOwnName: boolean;
  readonly connection: OldConnection;
}

export function planSystems(planner: Planner): void {
  const installed = planner.state.plugins.map(({ manifest }): NamedPlugin => manifest);
  const systems = new Map<string, System>();
  for (const found of planner.rows.systems) {
    const system = systemOf(found, installed);
    if ('reason' in system) planner.add(found, system);
    else systems.set(found.id, system);
  }
  const members = Map.groupBy(
    planner.rows.instances,
    ({ row }) => textOf(row, 'system_id', 'external_system_id') ?? '',
  );
  // Whoever is called as the plugin is, or has been there longer, is its default.
  const ordered = [...systems.values()].toSorted((a, b) => Number(b.isOwnName) - Number(a.isOwnName));
  const named = new Map<string, string>();
  for (const system of ordered) {
    const isOneOfMany = ordered.some((other) => other !== system && other.plugin === system.plugin);
    if (!isCalledDefault(system) || !isOneOfMany || system.connection.baseUrl === undefined) continue;
    const id = `${system.plugin}-default`;
    if (planner.reserve('instance', id)) named.set(system.found.id, id);
  }
  const placed = new Map<string, ReadonlySet<string>>();
  for (const found of planner.rows.instances) planInstance(planner, found, systems, placed);
  for (const system of ordered) {
    planSystem(planner, system, { members: members.get(system.found.id) ?? [], placed, named });
  }
}

/** `jira-default` is an instance of the plugin jira that people know by this name: it keeps it. */
function isCalledDefault({ name, plugin }: System): boolean {
  return name.toLowerCase() === `${plugin}-default`;
}

function systemOf(found: FoundRow, installed: readonly NamedPlugin[]): System | (Quarantined & { plugin?: string }) {
  const { row } = found;
  const name = textOf(row, 'system_name', 'name');
  const others = [textOf(row, 'display_name'), textOf(row, 'system_type')];
  if (name === undefined && others.every((other) => other === undefined)) {
    return { reason: 'name_missing', detail: 'the system has neither a name nor a type' };
  }
  const plugin = pluginNamed(installed, name, ...others);
  if (plugin === undefined) return { reason: 'system_unknown', detail: 'no plugin here is of that name' };
  if (!plugin.isInstalled) {
    const detail = `it belongs to the plugin "${plugin.plugin}", which is not installed: install it and import again`;
    return { reason: 'plugin_missing', detail, plugin: plugin.plugin };
  }
  return { found, name: name ?? plugin.plugin, ...plugin, connection: readConnection(withKept(row)) };
}

function planInstance(
  planner: Planner,
  found: FoundRow,
  systems: ReadonlyMap<string, System>,
  placed: Map<string, ReadonlySet<string>>,
): void {
  const systemId = textOf(found.row, 'system_id', 'external_system_id') ?? '';
  const system = systems.get(systemId);
  if (system === undefined) {
    const isThere = planner.rows.systems.some((other) => other.id === systemId);
    planner.add(
      found,
      isThere
        ? { reason: 'system_quarantined', detail: `its system ${systemId} is in the quarantine itself` }
        : { reason: 'system_missing', detail: `there is no system ${systemId || '(none named)'}` },
    );
    return;
  }
  const own = readConnection(withKept(found.row));
  const name = textOf(found.row, 'instance_name', 'name') ?? `${system.name} ${found.id}`;
  const connection = inheriting(own, system.connection);
  const id = planner.idOf(found, 'instance', name);
  planner.instances.set(found.id, { plugin: system.plugin, instanceIds: [id] });
  const { masked } = takeRowSecrets(system.found.row);
  const on = { base_url: masked['base_url'], auth_config: masked['auth_config'] };
  const wish = connect(planner, found, { id, name, plugin: system.plugin, connection, on });
  if (!('reason' in wish) && wish.placed !== undefined) placed.set(found.id, wish.placed);
  planner.add(found, wish);
}

interface Family {
  readonly members: readonly FoundRow[];
  /** Secrets that the members have taken, by the member's old id. */
  readonly placed: ReadonlyMap<string, ReadonlySet<string>>;
  readonly named: ReadonlyMap<string, string>;
}

function planSystem(planner: Planner, system: System, { members, placed, named }: Family): void {
  const { found, plugin, connection } = system;
  const same = members.find((member) =>
    isSameConnection(connection, inheriting(readConnection(withKept(member.row)), connection)),
  );
  const known = planner.known(found)?.targets ?? [];
  const before = known.find((target) => target.kind === 'instance')?.id;
  const kept = before ?? named.get(found.id);
  const place = addressKey(connection);
  // It has been one since, wherever its instances have moved.
  const isName = same !== undefined || known.some(({ kind, id }) => kind === 'name' && id === place);
  if (kept === undefined && (connection.baseUrl === undefined || isName)) {
    // Only a name over its instances.
    const over = same === undefined ? members : [same];
    const instanceIds = over.flatMap(({ id }) => planner.instances.get(id)?.instanceIds ?? []);
    planner.systems.set(found.id, { plugin, instanceIds });
    const taken = members.flatMap(({ id }) => [...(placed.get(id) ?? [])]);
    const name = connection.baseUrl === undefined ? [] : [{ kind: 'name', id: place } as const];
    const targets = [{ kind: 'plugin', id: plugin } as const, ...name];
    planner.add(found, { plugin, targets, writes: [], placed: new Set([...taken, ...mappingSecrets(found)]) });
    return;
  }
  const usual = `${plugin}-default`;
  const id = kept ?? (planner.reserve('instance', usual) ? usual : planner.idOf(found, 'instance', system.name));
  planner.systems.set(found.id, { plugin, instanceIds: [id] });
  const name = textOf(found.row, 'display_name') ?? system.name;
  const wish = connect(planner, found, { id, name, plugin, connection, on: null });
  const itself = { kind: 'plugin', id: plugin } as const;
  if ('reason' in wish) return planner.add(found, wish);
  const taken = new Set([...(wish.placed ?? []), ...mappingSecrets(found)]);
  planner.add(found, { ...wish, targets: [itself, ...wish.targets], placed: taken });
}

/** Those are kept with the mapping, which is read as a row of its own. */
function mappingSecrets({ row }: FoundRow): Iterable<string> {
  return takeRowSecrets({ default_mapping: row['default_mapping'] }).secrets.values();
}

interface Wanted {
  readonly id: string;
  readonly name: string;
  readonly plugin: string;
  readonly connection: OldConnection;
  readonly on: unknown;
}

/** The instance that a connection becomes: switched off, with a repair, when it cannot work as it is. */
export function connect(planner: Planner, found: FoundRow, { id, name, plugin, connection, on }: Wanted): Wish {
  const version = planner.plugin(plugin);
  if (version === undefined)
    return { reason: 'plugin_missing', detail: `the plugin "${plugin}" is not installed`, plugin };
  const fitted = fitConnection(version, connection);
  const oldClient = textOf({ client: saidClient(found.row) }, 'client');
  const clientId = oldClient === undefined ? null : planner.clientOf(oldClient);
  if (clientId === undefined) {
    return { reason: 'client_unknown', detail: `there is no client ${oldClient}`, plugin };
  }
  const isActive = booleanOf(found.row['is_active'] ?? true);
  const fault = fitted.fault ?? (isActive === undefined ? 'whether it was active cannot be told' : undefined);
  return {
    plugin,
    targets: [{ kind: 'instance', id }],
    writes: [
      {
        kind: 'instance',
        id,
        plugin,
        configVersion: version.manifest.configVersion,
        name: name.slice(0, 120),
        clientId,
        enabled: isActive === true && fault === undefined,
        config: fitted.config,
        secrets: fitted.secrets,
        kept: fitted.kept,
        fault,
      },
    ],
    placed: formsOfSecrets(fitted.config, fitted.secrets),
    on,
  };
}

/** A data source is one more way to write a connection down. Those that are of no plugin are kept for a person. */
export function planSources(planner: Planner): void {
  const installed = planner.state.plugins.map(({ manifest }): NamedPlugin => manifest);
  for (const found of planner.rows.sources) {
    const { row } = found;
    const name = textOf(row, 'name') ?? '';
    const named = pluginNamed(installed, textOf(row, 'plugin_name', 'system_name', 'type', 'source_type'), name);
    if (named === undefined || !named.isInstalled) {
      planner.add(found, { reason: 'source_without_plugin', detail: 'no plugin here reads this data source' });
      continue;
    }
    const { plugin } = named;
    const id = planner.idOf(found, 'instance', name === '' ? plugin : name);
    const wish = connect(planner, found, {
      id,
      name: name || plugin,
      plugin,
      connection: readConnection(withKept(row)),
      on: null,
    });
    if (!('reason' in wish)) planner.sources.set(found.id, { plugin, instanceIds: [id] });
    planner.add(found, wish);
  }
}
