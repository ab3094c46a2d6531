// Takes a config through the plugin's migrations, in a thread that has nothing of its secrets.
import type { Plugin } from '../define/plugin.ts';
import type { Migration } from '../define/migration.ts';
import { isVendorError } from '../define/errors.ts';
import { clip, PluginMistake } from './faults.ts';
import type { RunValue, Work } from './protocol.ts';
import { recipeOf, secretOf } from './secret-recipe.ts';

type Config = Readonly<Record<string, unknown>>;

/** The body of a request that makes an instance is no larger. */
const CONFIG_CHARACTERS = 1_000_000;
const REASON_CHARACTERS = 300;
/** The host refuses deeper ones, too. */
const DEEPEST = 20;

export function performMigration(
  { migrations = [] }: Plugin,
  { from, to, secrets }: Extract<Work, { kind: 'migration' }>,
  config: Config,
): NonNullable<RunValue['migrated']> {
  const direction = from < to ? 'up' : 'down';
  let current: Config = { ...config, ...Object.fromEntries(secrets.map((field) => [field, secretOf(field)])) };
  for (let version = from; version !== to; version += direction === 'up' ? 1 : -1) {
    const step = migrations.find((one) => (direction === 'up' ? one.from : one.to) === version);
    if (step === undefined) throw new PluginMistake(`the bundle has no step ${direction} from ${version}`);
    current = take(step, direction, frozen(current, 0));
  }
  return encode(current);
}

function take(step: Migration, direction: 'up' | 'down', config: Config): Config {
  const { from, to } = step;
  const where = direction === 'up' ? `the step from ${from} to ${to}` : `the step back from ${to} to ${from}`;
  const next = attempt(where, () => step[direction](config));
  if (next instanceof Promise) throw new PluginMistake(`${where} must return the config, not a promise of it`);
  if (typeof next !== 'object' || next === null || Array.isArray(next) || recipeOf(next) !== undefined) {
    throw new PluginMistake(`${where} must return the config, an object`);
  }
  return { ...next };
}

/** Unlike elsewhere the message is shown: the thread holds no secret, and whoever upgrades has to know what is wrong with which config. */
function attempt<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (isVendorError(error)) throw error;
    if (error instanceof PluginMistake) throw new PluginMistake(`${where}: ${error.message}`);
    const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new PluginMistake(`${where} threw ${clip(said, REASON_CHARACTERS)}`);
  }
}

/** A step that changes what it was given would change it for whoever looks at it later. */
function frozen<T>(value: T, depth: number): T {
  if (typeof value !== 'object' || value === null || recipeOf(value) !== undefined) return value;
  if (depth > DEEPEST) throw new PluginMistake(`a config is nested deeper than ${DEEPEST} levels`);
  for (const member of Object.values(value)) frozen(member, depth + 1);
  return Object.freeze(value);
}

function encode(config: Config): NonNullable<RunValue['migrated']> {
  const fields = Object.entries(config).map(([field, value]) => ({ field, value, recipe: recipeOf(value) }));
  const open = fields.filter(({ recipe }) => recipe === undefined);
  const visible = Object.fromEntries(open.map(({ field, value }) => [field, value]));
  const text = attempt('reading the result', () => JSON.stringify(visible));
  if (text.length > CONFIG_CHARACTERS) throw new PluginMistake(`the config has ${text.length} characters`);
  return {
    config: text,
    secrets: fields.flatMap(({ field, recipe }) => (recipe === undefined ? [] : [{ field, recipe }])),
  };
}
