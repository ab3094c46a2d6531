// What clients are called in systems: parameters of the clients, and what those have that no mapping says.
import { booleanOf, jsonOf, isRecord, recordOf, textOf } from './cells.ts';
import { takeSecrets } from './secret-leaves.ts';
import { flatParameters, parameterNameOf } from './parameter-names.ts';
import type { Planner } from './planner.ts';
import type { Quarantined, Wish } from './planning.ts';
import { MASK } from '../rows.ts';
import { type NamedPlugin, pluginNamed } from './system-names.ts';
import type { FoundRow } from './found-tables.ts';

export function planMappings(planner: Planner): void {
  const installed = planner.state.plugins.map(({ manifest }): NamedPlugin => manifest);
  for (const found of planner.rows.mappings) planner.add(found, mappingOf(planner, found, installed));
}

function mappingOf(planner: Planner, { row }: FoundRow, installed: readonly NamedPlugin[]): Wish {
  const system = textOf(row, 'system_name');
  if (system === undefined) return { reason: 'name_missing', detail: 'the mapping names no system' };
  const named = pluginNamed(installed, system);
  if (named === undefined) return { reason: 'system_unknown', detail: 'no plugin here is of the name of its system' };
  const { plugin } = named;
  if (!named.isInstalled)
    return { reason: 'plugin_missing', detail: `the plugin "${plugin}" is not installed`, plugin };
  const oldClient = textOf(row, 'client_id') ?? '';
  const clientId = planner.clientOf(oldClient);
  if (clientId === undefined) {
    return { reason: 'client_unknown', detail: `there is no client ${oldClient || '(none named)'}`, plugin };
  }
  if (booleanOf(row['is_active'] ?? true) === false) {
    return { reason: 'nothing_to_move', detail: 'the mapping was switched off', plugin };
  }
  const identifier = textOf(row, 'external_identifier', 'external_id');
  const externalName = textOf(row, 'external_name');
  const { parameters, left } = parametersOf(plugin, row['metadata']);
  const all = {
    ...parameters,
    ...(externalName === undefined ? {} : { [parameterNameOf(plugin, 'externalName')]: externalName }),
    ...(identifier === undefined ? {} : { [parameterNameOf(plugin, 'externalIdentifier')]: identifier }),
  };
  if (Object.keys(all).length === 0) {
    return left === undefined
      ? { reason: 'nothing_to_move', detail: 'the mapping says nothing', plugin }
      : { ...left, plugin };
  }
  return {
    plugin,
    targets: [{ kind: 'parameters', id: clientId }],
    writes: [{ kind: 'parameters', clientId, parameters: all }],
    left,
  };
}

interface Read {
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly left: Quarantined | undefined;
}

/** Everybody who sees a client sees its parameters: a secret is none. */
function parametersOf(plugin: string, cell: unknown): Read {
  const json = jsonOf(cell);
  if (json.kind === 'none') return { parameters: {}, left: undefined };
  if (json.kind === 'broken' || !isRecord(json.value)) {
    return { parameters: {}, left: { reason: 'value_unusable', detail: 'what it says beside that is no JSON object' } };
  }
  const { masked } = takeSecrets(json.value, 'other');
  const { parameters, left } = flatParameters(plugin, recordOf(masked));
  const shown = Object.entries(parameters).filter(([, value]) => value !== MASK);
  const detail = `${left.join(', ')} can be no parameters: those are text, numbers, true or false`;
  return {
    parameters: Object.fromEntries(shown),
    left: left.length === 0 ? undefined : { reason: 'value_unusable', detail },
  };
}

/** `default_mapping` of a system: for all clients of the plugin that do not say it themselves. */
export function planDefaults(planner: Planner): void {
  for (const found of planner.rows.systems) {
    const json = jsonOf(found.row['default_mapping']);
    const plugin = planner.systems.get(found.id)?.plugin;
    if (json.kind === 'none' || plugin === undefined) continue;
    const { parameters, left } = parametersOf(plugin, found.row['default_mapping']);
    const part = {
      ...found,
      table: `${found.table}.default_mapping`,
      row: { default_mapping: found.row['default_mapping'] },
    };
    if (Object.keys(parameters).length === 0) {
      planner.add(part, { ...(left ?? { reason: 'nothing_to_move', detail: 'the mapping says nothing' }), plugin });
      continue;
    }
    const writes = [{ kind: 'defaults' as const, plugin, parameters }];
    planner.add(part, { plugin, targets: [{ kind: 'defaults', id: plugin }], writes, left });
  }
}
