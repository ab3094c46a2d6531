// What an instance looks like from outside the room.
import { randomUUID } from 'node:crypto';
import type { Connection } from '../gateway/index.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { ClientParameters } from './client-finder.ts';
import { type ParsedConfig, secretFieldsOf } from './config-schema.ts';
import { connectionOf, type Origins } from './connection.ts';
import type { InstanceRow } from './rows.ts';
import { referencesOf, storedSecrets } from './secrets.ts';

/** An instance as everybody may see it: no secret, only which ones are set. */
export interface InstanceView {
  readonly id: string;
  readonly plugin: string;
  readonly name: string;
  readonly clientId: string | null;
  readonly enabled: boolean;
  readonly config: Readonly<Record<string, unknown>>;
  readonly secretsSet: readonly string[];
  /** Where secrets are that are not kept here, by field: `env:NAME`, `file:/path`. */
  readonly secretReferences: Readonly<Record<string, string>>;
  readonly configVersion: number;
  readonly revision: number;
  /** ISO 8601 */
  readonly createdAt: string;
  /** ISO 8601 */
  readonly updatedAt: string;
}

/** Everything a run needs. Holds secrets: not for logs, answers or plugins. */
export interface ResolvedInstance {
  readonly view: InstanceView;
  readonly plugin: PluginVersion;
  readonly connection: Connection;
  /** Parameters of the client it belongs to; empty when there is none. */
  readonly client: ClientParameters;
  /** Values to look for and remove wherever text leaves the host. */
  readonly secrets: readonly string[];
  /** The same by the config field that holds them. */
  readonly secretFields: ReadonlyMap<string, string>;
}

/** `plugin` is undefined when it is missing: then only the sealed fields are known to be secret. */
export function toView(row: InstanceRow, plugin: PluginVersion | undefined): InstanceView {
  const secretFields = plugin ? secretFieldsOf(plugin.manifest) : new Set<string>();
  const secretsSet = new Set([...Object.keys(row.sealed), ...storedSecrets(row, secretFields)]);
  return {
    id: row.id,
    plugin: row.plugin,
    name: row.name,
    clientId: row.client_id,
    enabled: row.enabled,
    config: Object.fromEntries(Object.entries(row.config).filter(([field]) => !secretsSet.has(field))),
    secretsSet: [...secretsSet].toSorted(),
    secretReferences: referencesOf(row),
    configVersion: row.config_version,
    revision: row.revision,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

const DRAFT = 'draft:';

/** Not an instance: a config that somebody tries out. */
export function isDraft(instanceId: string): boolean {
  return instanceId.startsWith(DRAFT);
}

/** Of a run with a config that is not saved. */
export function draftId(): string {
  return `${DRAFT}${randomUUID()}`;
}

/** The view of a config that is not saved. Its id is no instance's, so that trying out a config changes nothing of what is known about a saved one. */
export function draftView({ manifest }: PluginVersion, at: Date): InstanceView {
  return {
    id: draftId(),
    plugin: manifest.name,
    name: manifest.displayName,
    clientId: null,
    enabled: true,
    config: {},
    secretsSet: [],
    secretReferences: {},
    configVersion: manifest.configVersion,
    revision: 0,
    createdAt: at.toISOString(),
    updatedAt: at.toISOString(),
  };
}

/** `origins`: what comes from a saved instance. */
export function resolvedOf(
  view: InstanceView,
  plugin: PluginVersion,
  parsed: ParsedConfig,
  client: ClientParameters,
  origins: Origins = {},
): ResolvedInstance {
  const { referenced } = origins;
  const revision = `${view.createdAt}/${view.revision}${referenced === undefined ? '' : `/${referenced}`}`;
  return {
    view: { ...view, config: parsed.visible, secretsSet: [...parsed.secrets.keys()].toSorted() },
    plugin,
    connection: connectionOf({ id: view.id, revision }, plugin, parsed, origins),
    client,
    secrets: [...parsed.secrets.values()],
    secretFields: parsed.secrets,
  };
}
