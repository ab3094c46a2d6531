// What a change writes: the row and its secrets, always in one transaction.
import { Problem } from '../errors.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { Queryable } from '../store/index.ts';
import { configSchemaOf, type ParsedConfig } from './config-schema.ts';
import type { CreateInput, UpdateInput } from './input.ts';
import { idFromName, idsFor } from '../slug.ts';
import { isObject, mergePatch } from '../merge-patch.ts';
import { insertInstance, type InstanceRow, readInstance, updateInstance, writeSecrets } from './rows.ts';
import type { References, SealedSecret, Sealer, Vault } from '../secrets/index.ts';
import { refillSecrets, resealed } from './secrets.ts';
import type { SentConfig } from './sent-references.ts';

export interface NewInstance {
  readonly input: CreateInput;
  readonly plugin: PluginVersion;
  readonly parsed: ParsedConfig;
  /** By field. */
  readonly references: SentConfig['references'];
  readonly at: Date;
  /** Made by somebody who is limited to clients. */
  readonly isLimited: boolean;
}

/** Saves it under the id that was asked for, else under a free one. */
export async function insertNew(trx: Queryable, instance: NewInstance, vault: Vault): Promise<InstanceRow> {
  const { input, isLimited } = instance;
  const made = idFromName(input.name, input.plugin);
  for (const id of idsFor(input.id, made, isLimited))
    if (await insertWithSecrets(trx, id, instance, vault)) return readInstance(trx, id);
  throw taken(input.id ?? made);
}

function taken(id: string): Problem {
  const errors = [{ pointer: '/id', message: 'is taken' }];
  return new Problem('conflict', `there is an instance "${id}" already`, { errors, next: 'Choose another id.' });
}

/** False when the id is taken. */
async function insertWithSecrets(
  trx: Queryable,
  id: string,
  { input, plugin, parsed, references, at }: NewInstance,
  vault: Vault,
): Promise<boolean> {
  const inserted = await insertInstance(trx, {
    id,
    plugin: input.plugin,
    name: input.name,
    client_id: input.clientId ?? null,
    enabled: input.enabled ?? true,
    config: { ...parsed.visible },
    config_version: plugin.manifest.configVersion,
    limits: null,
    revision: 1,
    created_at: at,
    updated_at: at,
  });
  if (inserted && parsed.secrets.size > 0) {
    const sealer = await vault.sealerFor(trx, input.clientId ?? null);
    await writeSecrets(trx, id, seal(id, parsed.secrets, references, sealer), new Set());
  }
  return inserted;
}

export interface InstancePatch {
  readonly row: InstanceRow;
  readonly input: UpdateInput;
  /** Its config with the values of references; undefined when no config was sent. */
  readonly sent: SentConfig | undefined;
  /** Asked only when the config changes: the rest can be changed while the plugin is missing. */
  readonly plugin: () => PluginVersion;
  readonly at: Date;
}

/** Writes the row's next revision, in the caller's transaction. */
export async function applyPatch(
  trx: Queryable,
  patch: InstancePatch,
  opening: { readonly vault: Vault; readonly references: References },
): Promise<void> {
  const { row, input, sent, at } = patch;
  const clientId = input.clientId === undefined ? row.client_id : input.clientId;
  const next = sent === undefined ? unchanged(row) : await patchConfig(row, sent, patch.plugin(), opening);
  // Another client has another key.
  if (input.config !== undefined || clientId !== row.client_id)
    await writeChanged(trx, row, clientId, next, opening.vault);
  await updateInstance(trx, {
    ...row,
    name: input.name ?? row.name,
    client_id: clientId,
    enabled: input.enabled ?? row.enabled,
    config: next.config,
    config_version: next.version,
    revision: row.revision + 1,
    updated_at: at,
  });
}

interface NextConfig {
  readonly config: InstanceRow['config'];
  readonly version: number;
  /** Fields with their new secrets. */
  readonly changed: readonly (readonly [string, string])[];
  readonly references: SentConfig['references'];
  /** Fields whose stored secret is still the right one; those of all others go. */
  readonly kept: ReadonlySet<string>;
}

function unchanged({ config, config_version, sealed }: InstanceRow): NextConfig {
  return { config, version: config_version, changed: [], references: new Map(), kept: new Set(Object.keys(sealed)) };
}

async function patchConfig(
  row: InstanceRow,
  { config: sent, references }: SentConfig,
  plugin: PluginVersion,
  opening: { readonly vault: Vault; readonly references: References },
): Promise<NextConfig> {
  const schema = configSchemaOf(plugin);
  const merged = mergePatch(row.config, sent);
  const { config, kept } = await refillSecrets(row, isObject(merged) ? merged : {}, sent, schema, opening);
  const parsed = schema.parse(config);
  const changed = [...parsed.secrets].filter(([field]) => !kept.has(field));
  return { config: { ...parsed.visible }, version: plugin.manifest.configVersion, changed, references, kept };
}

async function writeChanged(
  trx: Queryable,
  row: InstanceRow,
  clientId: string | null,
  { changed, references, kept }: NextConfig,
  vault: Vault,
): Promise<void> {
  const moved = clientId === row.client_id ? [] : [...kept];
  const sealed: SealedSecret[] = [];
  if (changed.length + moved.length > 0) {
    const sealer = await vault.sealerFor(trx, clientId);
    sealed.push(...seal(row.id, changed, references, sealer), ...resealed(row, moved, vault, sealer));
  }
  await writeSecrets(trx, row.id, sealed, clientId === row.client_id ? kept : new Set());
}

/** Of a reference only where the secret is. */
function seal(
  instanceId: string,
  secrets: Iterable<readonly [string, string]>,
  references: SentConfig['references'],
  sealer: Sealer,
): SealedSecret[] {
  return Array.from(secrets, ([field, secret]) => {
    const place = { instanceId, field };
    const reference = references.get(field);
    return reference === undefined ? sealer.seal(place, secret) : sealer.sealReference(place, reference);
  });
}
