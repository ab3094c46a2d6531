// A property test for config migrations: what `up` has done `down` takes back, for any config that fits.
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import type { Migration } from '../define/migration.ts';
import type { Plugin } from '../define/plugin.ts';
import type { ObjectSchemaDef } from '../define/types.ts';
import { followRecipe } from '../runtime/follow-recipe.ts';
import { performMigration } from '../runtime/perform-migration.ts';
import { configsOf, fitting } from './config-arbitrary.ts';

type Config = Readonly<Record<string, unknown>>;

/** How {@link assertMigrationsReverse} draws configs. */
export interface MigrationTestOptions {
  /**
   * Configs of a version, by its number, where those that are made of the schema are not the right ones: with their secrets, as texts.
   * A `pattern` in the schema often says the same.
   */
  readonly configs?: Readonly<Record<number, fc.Arbitrary<Config>>>;
  /** Configs for each step. Default 100. */
  readonly numRuns?: number;
  /** As a failure has printed it: draws the same configs again. */
  readonly seed?: number;
}

interface Step {
  readonly migration: Migration;
  readonly before: ObjectSchemaDef;
  readonly after: ObjectSchemaDef;
}

/**
 * Holds every config migration of a plugin to what it promises: `up` makes a config that fits of each that fits, `down` gives back what
 * was there, both give the same when they are asked again, and the steps meet. Secrets are moved, cut and joined as the host does it.
 * Each migration needs its schemas: declare it with `migration({ from, to, before, after, up, down })`.
 * @throws Error with the smallest config that breaks it, and the seed that draws it again.
 *
 * @example
 * import { test } from 'node:test';
 * import { assertMigrationsReverse } from '@jackfield/sdk/testing';
 * import plugin from '../src/plugin.ts';
 *
 * test('what a migration does a rollback takes back', () => assertMigrationsReverse(plugin));
 */
export function assertMigrationsReverse(plugin: Plugin, options: MigrationTestOptions = {}): void {
  const steps = stepsOf(plugin);
  const { numRuns = 100, seed } = options;
  for (const step of steps) {
    const { from } = step.migration;
    const configs = options.configs?.[from] ?? configsOf(step.before);
    const property = fc.property(configs, (config) => assertReverses(plugin, step, config));
    fc.assert(property, { numRuns, includeErrorInReport: true, ...(seed === undefined ? {} : { seed }) });
  }
}

function stepsOf({ migrations = [], config, configVersion = 1 }: Plugin): Step[] {
  if (migrations.length === 0) throw new Error('the plugin has no migrations');
  const steps = migrations.map((migration, index): Step => {
    const { before, after } = migration;
    if (before !== undefined && after !== undefined) return { migration, before, after };
    throw new Error(
      `migrations[${index}] has no schemas: declare it with migration({ from, to, before, after, up, down })`,
    );
  });
  for (const [index, { migration, after }] of steps.entries()) {
    const next = steps[index + 1];
    const [version, schema, name] =
      next === undefined
        ? [configVersion, config, "the plugin's config"]
        : [next.migration.from, next.before, `migrations[${index + 1}].before`];
    if (migration.to !== version) throw new Error(`migrations[${index}].to must be ${version} (got ${migration.to})`);
    if (!isDeepStrictEqual(plain(after), plain(schema))) throw new Error(`migrations[${index}].after is not ${name}`);
  }
  return steps;
}

function assertReverses(plugin: Plugin, { migration, before, after }: Step, drawn: Config): void {
  const { from, to } = migration;
  const config = checked(before, drawn, `a config of version ${from}`);
  const there = (): Config =>
    checked(after, take(plugin, [before, after], config, from, to), `what up from ${from} to ${to} gives`);
  const up = there();
  assertSame(up, there(), `up from ${from} to ${to} gives the same when it is asked again`);
  const back = checked(before, take(plugin, [after, before], up, to, from), `what down from ${to} to ${from} gives`);
  assertSame(back, config, `down from ${to} to ${from} gives back what was there`);
}

/** As the host does it: the code is given something in the place of each secret, and the secrets follow. */
function take(
  plugin: Plugin,
  [schema, next]: readonly [ObjectSchemaDef, ObjectSchemaDef],
  config: Config,
  from: number,
  to: number,
): Config {
  const fields = Object.keys(config);
  const secrets = fields.filter((field) => isSecret(schema, field));
  const shown = Object.fromEntries(
    fields.filter((field) => !secrets.includes(field)).map((field) => [field, config[field]]),
  );
  const migrated = performMigration(plugin, { kind: 'migration', from, to, secrets }, structuredClone(shown));
  const made = migrated.secrets.map(({ field, recipe }) => {
    if (isSecret(next, field)) return [field, followRecipe(recipe, (source) => String(config[source]))];
    throw new Error(
      `the step from ${from} to ${to} shows a secret: version ${to} does not keep the field ${field} secret`,
    );
  });
  return { ...(JSON.parse(migrated.config) as Config), ...Object.fromEntries(made) };
}

function isSecret({ properties }: ObjectSchemaDef, field: string): boolean {
  const property: unknown = Object.hasOwn(properties, field) ? properties[field] : undefined;
  return typeof property === 'object' && property !== null && 'writeOnly' in property && property.writeOnly === true;
}

function checked(schema: ObjectSchemaDef, config: Config, what: string): Config {
  const { config: filled, faults } = fitting(schema)(config);
  if (faults !== '') throw new Error(`${what} does not fit its schema: ${faults}: ${JSON.stringify(config)}`);
  return filled;
}

function assertSame(got: Config, expected: Config, promise: string): void {
  if (isDeepStrictEqual(plain(got), plain(expected))) return;
  throw new Error(`${promise}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`);
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
