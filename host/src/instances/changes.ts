// What a change writes. Every function takes the transaction that the change happens in.
import type { PluginVersion } from '../kernel/index.ts';
import type { Queryable } from '../store/index.ts';
import { configSchemaOf, type ParsedConfig } from './config-schema.ts';
import type { CreateInput, UpdateInput } from './input.ts';
import { isObject, mergePatch } from './merge-patch.ts';
import { insertInstance, type InstanceRow, type SealedSecret, updateInstance, writeSecrets } from './rows.ts';
import type { SecretBox } from './secret-box.ts';
import { refillSecrets } from './secrets.ts';

export interface NewInstance {
  readonly id: string;
  readonly input: CreateInput;
  readonly plugin: PluginVersion;
  readonly parsed: ParsedConfig;
  readonly at: Date;
}

/** False when the id is taken. */
export async function insertNew(
  trx: Queryable,
  { id, input, plugin, parsed, at }: NewInstance,
  box: SecretBox,
): Promise<boolean> {
  const inserted = await insertInstance(trx, {
    id,
    plugin: input.plugin,
    name: input.name,
    client_id: input.clientId ?? null,
    enabled: input.enabled ?? true,
    config: { ...parsed.visible },
    config_version: plugin.manifest.configVersion,
    revision: 1,
    created_at: at,
    updated_at: at,
  });
  if (inserted) await writeSecrets(trx, id, seal(id, parsed.secrets, box), new Set());
  return inserted;
}

export interface InstancePatch {
  readonly row: InstanceRow;
  readonly input: UpdateInput;
  /** Asked only when the config changes: the rest can be changed while the plugin is missing. */
  readonly plugin: () => PluginVersion;
  readonly at: Date;
}

/** Writes the row's next revision. */
export async function applyPatch(
  trx: Queryable,
  { row, input, plugin, at }: InstancePatch,
  box: SecretBox,
): Promise<void> {
  const config = input.config === undefined ? {} : await patchConfig(trx, row, input.config, plugin(), box);
  await updateInstance(trx, {
    ...row,
    name: input.name ?? row.name,
    client_id: input.clientId === undefined ? row.client_id : input.clientId,
    enabled: input.enabled ?? row.enabled,
    ...config,
    revision: row.revision + 1,
    updated_at: at,
  });
}

async function patchConfig(
  trx: Queryable,
  row: InstanceRow,
  sent: Readonly<Record<string, unknown>>,
  plugin: PluginVersion,
  box: SecretBox,
): Promise<Pick<InstanceRow, 'config' | 'config_version'>> {
  const schema = configSchemaOf(plugin);
  const merged = mergePatch(row.config, sent);
  const { config, kept } = refillSecrets(row, isObject(merged) ? merged : {}, sent, schema, box);
  const parsed = schema.parse(config);
  const changed = parsed.secrets.entries().filter(([field]) => !kept.has(field));
  await writeSecrets(trx, row.id, seal(row.id, changed, box), kept);
  return { config: { ...parsed.visible }, config_version: plugin.manifest.configVersion };
}

function seal(instanceId: string, secrets: Iterable<readonly [string, string]>, box: SecretBox): SealedSecret[] {
  return Array.from(secrets, ([field, secret]) => ({
    field,
    keyId: box.keyId,
    ciphertext: box.seal({ instanceId, field }, secret),
  }));
}
