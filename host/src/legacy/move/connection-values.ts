// What a row of an old table says of its instance, and what of it has changed.
import type { Problem } from '../../errors.ts';
import type { PluginVersion } from '../../kernel/index.ts';
import type { Queryable } from '../../store/index.ts';
import { invalid } from '../api/input.ts';
import { INSTANCES, type OldTable } from '../api/tables.ts';
import { clientIdOf } from '../clients.ts';
import { textOf } from '../import/cells.ts';
import { saidClient } from '../import/said-client.ts';
import { KEPT } from '../masks.ts';
import type { OldRow, Values } from '../old-rows.ts';
import { patchBetween } from './config-patch.ts';
import { wholeConfigOf } from './whole-config.ts';

/** A row with the system that it takes from what it does not say; a system has none. */
export interface Placed {
  readonly row: Values;
  readonly system: OldRow | undefined;
}

/** As an import reads it. */
export function nameOf({ row, system }: Placed, isSystem: boolean): string {
  const systemName = textOf(system ?? row, 'system_name') ?? '';
  const name = isSystem
    ? (textOf(row, 'display_name') ?? systemName)
    : (textOf(row, 'instance_name') ?? `${systemName} ${textOf(row, 'id') ?? ''}`);
  return name.slice(0, 120);
}

export async function clientOf(db: Queryable, row: Values): Promise<string | null> {
  const said = saidClient(row);
  if (said === undefined || said === null || said === '') return null;
  const id = await clientIdOf(db, said);
  if (id !== undefined) return id;
  throw invalid(INSTANCES, [{ pointer: '/connection_config/clientId', message: 'is no client' }]);
}

/** What is not its config. */
export async function ownChange(db: Queryable, was: Placed, is: Placed, isSystem: boolean): Promise<Values> {
  const [before, after] = [was.row, is.row];
  const [name, enabled] = [nameOf(is, isSystem), after['is_active'] !== false];
  const [wasClient, clientId] = [before, after].map((row) => saidClient(row) ?? null);
  return {
    ...(name === nameOf(was, isSystem) ? {} : { name }),
    ...(enabled === (before['is_active'] !== false) ? {} : { enabled }),
    ...(wasClient === clientId ? {} : { clientId: await clientOf(db, after) }),
  };
}

/** What of the config the old rows say differently now. What they leave to the instance stays with it. */
export function configChange(table: OldTable, version: PluginVersion, before: Placed, after: Placed): Values {
  const was = wholeConfigOf(version.manifest, before.row, before.system).config;
  const config = patchBetween(was, soundConfig(table, version, after, was));
  if (config === undefined) return {};
  const missing = Object.keys(config).filter((field) => config[field] === KEPT);
  if (missing.length > 0) throw unsent(table, missing);
  return { config };
}

/** @throws Problem when nobody can sign in like this; what could not before may stay as it is. */
export function soundConfig(
  table: OldTable,
  { manifest }: PluginVersion,
  { row, system }: Placed,
  was: Values,
): Values {
  const { config, fault } = wholeConfigOf(manifest, row, system);
  const isNews = patchBetween(was, config) !== undefined;
  if (fault !== undefined && isNews) throw invalid(table, [{ pointer: '/auth_config', message: fault }]);
  return config;
}

export function unsent(table: OldTable, fields: readonly string[]): Problem {
  const message = `must be sent: the stored secret is not one for ${fields.map((field) => `"${field}"`).join(', ')}`;
  return invalid(table, [{ pointer: '/auth_config', message }], 'Send the secret itself in the place of its mask.');
}
