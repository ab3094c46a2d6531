// What becomes of one instance when its plugin goes to another version: nothing is written here.
import { followRecipe, RecipeError, type SecretRecipe, sourcesOf } from '@jackfield/sdk/runtime';
import { type FieldError, Problem, toProblem } from '../../errors.ts';
import type { PluginVersion } from '../../kernel/index.ts';
import { assertPlainJson } from '../../plain-json.ts';
import {
  type ConfigSchema,
  configSchemaOf,
  type Destination,
  type ParsedConfig,
  secretFieldsOf,
} from '../config-schema.ts';
import type { InstanceRow } from '../rows.ts';
import { openSecrets, type Opening, referencesOf, storedSecrets } from '../secrets.ts';
import { type ConfigChange, configChanges } from './changes.ts';
import { movedSecrets } from './destinations.ts';
import type { Migrated, MigrationTask } from './migration-run.ts';
import { codeFor, type Versions } from './way.ts';

type Config = Readonly<Record<string, unknown>>;

/**
 * `migrated`: its config is taken along. `unchanged`: it has the version's shape already. `left`: it did not work before, and stays as it
 * is. `failed`: it works, and would not any more.
 */
export type Outcome = 'migrated' | 'unchanged' | 'left' | 'failed';

export interface NextConfig {
  readonly visible: Config;
  /** By field. */
  readonly secrets: ReadonlyMap<string, NextSecret>;
}

/** `reference`: it is not kept here. `from`: the field that it is stored in, as it stands. */
export interface NextSecret {
  readonly value: string;
  readonly reference?: string;
  readonly from?: string;
}

export interface Assessment {
  readonly outcome: Outcome;
  readonly changes: readonly ConfigChange[];
  readonly problem?: Problem;
  /** What to write; set when it is migrated. */
  readonly next?: NextConfig;
  /** The config it would run with; set when it would. */
  readonly working?: { readonly parsed: ParsedConfig; readonly secrets: NextConfig['secrets'] };
}

export interface AssessmentParts {
  readonly opening: Opening;
  /** Takes the config through the plugin's code. */
  readonly migrate: (row: InstanceRow, task: Omit<MigrationTask, 'deadline'>) => Promise<Migrated>;
}

interface Before {
  readonly config: Config;
  /** Fields that hold one. */
  readonly secrets: readonly string[];
  readonly opened: ReadonlyMap<string, string>;
  readonly destinations: readonly Destination[];
  /** Undefined: the instance works. */
  readonly problem: Problem | undefined;
}

export async function assess(row: InstanceRow, versions: Versions, parts: AssessmentParts): Promise<Assessment> {
  const before = await readBefore(row, versions.from, parts.opening);
  const isThere = row.config_version === versions.to.manifest.configVersion;
  try {
    const after = isThere ? stayed(before) : await migrated(row, before, versions, parts);
    const finished = finish(row, before, after, versions);
    const { next, problem } = finished;
    if (problem !== undefined && before.problem === undefined) return { outcome: 'failed', changes: [], problem };
    const found = problem === undefined ? { working: finished.working } : { problem };
    if (isThere) return { outcome: 'unchanged', changes: [], ...found };
    const changes = configChanges(before, { ...after, config: next.visible });
    return { outcome: 'migrated', changes, next, ...found };
  } catch (error) {
    return { outcome: before.problem === undefined ? 'failed' : 'left', changes: [], problem: toProblem(error) };
  }
}

/** The stored config, apart from its secrets, and whether the instance works with it. */
async function readBefore(row: InstanceRow, from: PluginVersion | undefined, opening: Opening): Promise<Before> {
  const declared = from === undefined ? [] : storedSecrets(row, secretFieldsOf(from.manifest));
  const secrets = [...new Set([...Object.keys(row.sealed), ...declared])].toSorted();
  const config = Object.fromEntries(Object.entries(row.config).filter(([field]) => !secrets.includes(field)));
  const known = { config, secrets, opened: new Map<string, string>(), destinations: [] };
  try {
    const values = await openSecrets(row, secrets, opening);
    const opened = new Map(Object.entries(values).map(([field, value]) => [field, String(value)]));
    if (from === undefined || from.manifest.configVersion !== row.config_version) {
      return { ...known, opened, problem: outOfStep(row) };
    }
    const schema = configSchemaOf(from);
    const destinations = schema.destinationsOf(config);
    try {
      // Fields that are sealed and no longer declared are not in the way.
      const sent = Object.fromEntries(Object.entries(values).filter(([field]) => schema.secretFields.has(field)));
      // With the defaults that the version has got since.
      const { visible } = schema.parse({ ...config, ...sent }, row.id);
      return { ...known, config: visible, opened, destinations, problem: undefined };
    } catch (error) {
      return { ...known, opened, destinations, problem: toProblem(error) };
    }
  } catch (error) {
    return { ...known, problem: toProblem(error) };
  }
}

function outOfStep(row: InstanceRow): Problem {
  return new Problem(
    'conflict',
    `instance "${row.id}" has a config of version ${row.config_version}, which nobody uses`,
    {
      instanceId: row.id,
    },
  );
}

interface After {
  readonly config: Config;
  readonly secrets: ReadonlyMap<string, SecretRecipe>;
}

function stayed({ config, secrets }: Before): After {
  return { config, secrets: new Map(secrets.map((field) => [field, { field }])) };
}

async function migrated(row: InstanceRow, before: Before, versions: Versions, parts: AssessmentParts): Promise<After> {
  const { config, secrets } = await parts.migrate(row, {
    plugin: codeFor(row.config_version, versions),
    from: row.config_version,
    to: versions.to.manifest.configVersion,
    instance: { id: row.id, name: row.name, clientId: row.client_id },
    config: before.config,
    secrets: before.secrets,
  });
  const visible: Record<string, unknown> = JSON.parse(config);
  assertPlainJson(visible);
  return { config: visible, secrets: new Map(secrets.map(({ field, recipe }) => [field, recipe])) };
}

type Finished = { readonly next: NextConfig } & (
  | { readonly working: NonNullable<Assessment['working']>; readonly problem?: undefined }
  | { readonly problem: Problem }
);

/** Checks what the plugin has made of the config, and puts the secrets in their places. @throws Problem when that cannot be done. */
function finish(row: InstanceRow, before: Before, after: After, { from, to }: Versions): Finished {
  const schema = configSchemaOf(to);
  const { secretFields } = schema;
  const visible = Object.fromEntries(Object.entries(after.config).filter(([field]) => !secretFields.has(field)));
  // Fields that were none and become secrets: the plugin has seen them.
  const shown = Object.entries(after.config).filter(([field]) => secretFields.has(field));
  const secrets = new Map<string, NextSecret>();
  for (const [field, value] of shown) if (typeof value === 'string') secrets.set(field, { value });
  const faults: FieldError[] = [];
  for (const [field, recipe] of after.secrets) {
    try {
      secrets.set(field, makeSecret(row, before, schema, field, recipe));
    } catch (error) {
      if (!(error instanceof RecipeError)) throw error;
      faults.push({ pointer: `/config/${field}`, message: error.message });
    }
  }
  if (faults.length > 0) throw refused(row, to, faults);
  // Of a config that has been there before nobody knows where its secrets went then.
  const isKnown =
    row.config_version !== to.manifest.configVersion || row.config_version === from?.manifest.configVersion;
  const moved = isKnown ? movedSecrets(before.destinations, schema.destinationsOf(visible), after.secrets) : [];
  if (moved.length > 0) throw refused(row, to, moved);
  const values = Array.from(secrets, ([field, { value }]) => [field, value]);
  try {
    const parsed = schema.parse({ ...visible, ...Object.fromEntries([...shown, ...values]) }, row.id);
    return { next: { visible: parsed.visible, secrets }, working: { parsed, secrets } };
  } catch (error) {
    return { next: { visible, secrets }, problem: toProblem(error) };
  }
}

function makeSecret(
  row: InstanceRow,
  { opened }: Before,
  { secretFields }: ConfigSchema,
  field: string,
  recipe: SecretRecipe,
): NextSecret {
  const sources = sourcesOf(recipe);
  if (!secretFields.has(field)) {
    throw new RecipeError(`would show the secret of ${sources.join(', ')}: only a secret field takes one`);
  }
  const value = followRecipe(recipe, (source) => {
    const secret = opened.get(source);
    if (secret === undefined) throw new RecipeError(`is made of the secret in ${source}, which cannot be opened`);
    return secret;
  });
  // As it stands, and not made of several.
  const from = 'field' in recipe ? recipe.field : undefined;
  const elsewhere = referencesOf(row);
  if (from !== undefined) {
    const reference = Object.hasOwn(elsewhere, from) ? elsewhere[from] : undefined;
    return { value, from, ...(reference === undefined ? {} : { reference }) };
  }
  const foreign = sources.find((name) => Object.hasOwn(elsewhere, name));
  if (foreign === undefined) return { value };
  throw new RecipeError(`is made of the secret in ${foreign}, which is kept elsewhere and can only be moved`);
}

function refused(row: InstanceRow, to: PluginVersion, errors: readonly FieldError[]): Problem {
  const { name, version } = to.manifest;
  const detail = `the migrated config of instance "${row.id}" is not taken by version ${version} of the plugin "${name}"`;
  return new Problem('config_invalid', detail, {
    errors,
    next: 'Report it to the author of the plugin, or change the instance by hand.',
    plugin: name,
    instanceId: row.id,
  });
}
