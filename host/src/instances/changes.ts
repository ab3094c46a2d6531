// What a change writes: the row and its secrets, always in one transaction.
import { Problem } from '../errors.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { Queryable, Store } from '../store/index.ts';
import { configSchemaOf, type ParsedConfig } from './config-schema.ts';
import type { CreateInput, UpdateInput } from './input.ts';
import { idFromName, withSuffix } from '../slug.ts';
import { isObject, mergePatch } from '../merge-patch.ts';
import {
  insertInstance,
  type InstanceRow,
  readInstance,
  type SealedSecret,
  updateInstance,
  writeSecrets,
} from './rows.ts';
import type { SecretBox } from './secret-box.ts';
import { refillSecrets } from './secrets.ts';

/** Tries to find a free id for a name that is taken. */
const ID_ATTEMPTS = 5;

export interface NewInstance {
  readonly input: CreateInput;
  readonly plugin: PluginVersion;
  readonly parsed: ParsedConfig;
  readonly at: Date;
}

/** Saves it under the id that was asked for, else under a free one. A try is a transaction of its own. */
export async function insertNew(db: Store['db'], instance: NewInstance, box: SecretBox): Promise<InstanceRow> {
  const { input } = instance;
  const base = input.id ?? idFromName(input.name, input.plugin);
  for (let attempt = 1; ; attempt += 1) {
    const id = attempt === 1 ? base : withSuffix(base);
    const row = await db.transaction().execute(async (trx) => {
      const inserted = await insertWithSecrets(trx, id, instance, box);
      return inserted ? readInstance(trx, id) : undefined;
    });
    if (row) return row;
    if (input.id !== undefined || attempt === ID_ATTEMPTS) throw taken(id);
  }
}

function taken(id: string): Problem {
  const errors = [{ pointer: '/id', message: 'is taken' }];
  return new Problem('conflict', `there is an instance "${id}" already`, { errors, next: 'Choose another id.' });
}

/** False when the id is taken. */
async function insertWithSecrets(
  trx: Queryable,
  id: string,
  { input, plugin, parsed, at }: NewInstance,
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
    limits: null,
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

/** Writes the row's next revision, in the caller's transaction. */
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
