// Config migrations: what an author writes to take a stored config from one version of its shape to the next, and back.
import type { FromSchema, JSONSchema } from 'json-schema-to-ts';
import type { ObjectSchemaDef, Values } from './types.ts';

/**
 * Stands for a secret of a config that is migrated. The secret itself stays in the host, which does afterwards what was done with this:
 * it can be moved to another secret field, cut and joined, and not be read.
 */
export interface SecretValue {
  /** What is before the first `separator`. The migration fails when the secret has none. */
  before(separator: string): SecretValue;
  /** What is after the first `separator`. The migration fails when the secret has none. */
  after(separator: string): SecretValue;
  /** This secret and then the others, one text. */
  concat(...more: readonly (SecretValue | string)[]): SecretValue;
}

type Secrets<P> = { [K in keyof P]: P[K] extends { readonly writeOnly: true } ? K : never }[keyof P];
type Known<V, P> = Pick<V, Extract<keyof P, keyof V>>;
type Replaced<V, Names, With> = { [K in keyof V]: K extends Names ? With : V[K] };
/** Defaults may be left out: the host fills them in. */
type Written<S extends ObjectSchemaDef> = S extends JSONSchema
  ? FromSchema<S, { keepDefaultedPropertiesOptional: true }>
  : never;

/** A stored config of this schema as a migration gets it: a {@link SecretValue} in the place of each secret, frozen. */
export type StoredConfig<S extends ObjectSchemaDef> = Readonly<
  Replaced<Known<Values<S>, S['properties']>, Secrets<S['properties']>, SecretValue>
>;

/** A config of this schema as a migration returns it. Only a secret field can take a {@link SecretValue}; a text is for either. */
export type MigratedConfig<S extends ObjectSchemaDef> = Replaced<
  Known<Written<S>, S['properties']>,
  Secrets<S['properties']>,
  SecretValue | string
>;

/** One step between two versions of a plugin's config, as `definePlugin` takes it. */
export interface Migration {
  /** The `configVersion` it starts from. */
  readonly from: number;
  /** The next one. */
  readonly to: number;
  /** The config's schema in version `from`. Tests make configs of it. */
  readonly before?: ObjectSchemaDef;
  /** The config's schema in version `to`. */
  readonly after?: ObjectSchemaDef;
  /** A pure function: the same config gives the same result, nothing is asked. A {@link SecretValue} is in the place of each secret. */
  up(config: Readonly<Record<string, unknown>>): object;
  /** Takes back what `up` has done, for a rollback. */
  down(config: Readonly<Record<string, unknown>>): object;
}

/** What {@link migration} takes: a {@link Migration} with both schemas. */
export interface MigrationDef<A extends ObjectSchemaDef, B extends ObjectSchemaDef> {
  readonly from: number;
  readonly to: number;
  readonly before: A;
  readonly after: B;
  up(config: StoredConfig<A>): MigratedConfig<B>;
  down(config: StoredConfig<B>): MigratedConfig<A>;
}

/**
 * Declares a config migration whose configs are typed from the schemas before and after it. Keep the schema of each version that
 * instances may still have; `up` runs in the new release, `down` in the one that is rolled back.
 *
 * @example
 * import { migration } from '@jackfield/sdk';
 *
 * const before = {
 *   type: 'object',
 *   required: ['url', 'login'],
 *   properties: { url: { type: 'string' }, login: { type: 'string', writeOnly: true } },
 * } as const;
 * const after = {
 *   type: 'object',
 *   required: ['baseUrl', 'account', 'key'],
 *   properties: {
 *     baseUrl: { type: 'string' },
 *     account: { type: 'string', writeOnly: true },
 *     key: { type: 'string', writeOnly: true },
 *   },
 * } as const;
 *
 * export const splitLogin = migration({
 *   from: 1,
 *   to: 2,
 *   before,
 *   after,
 *   up: ({ url, login }) => ({ baseUrl: url, account: login.before(':'), key: login.after(':') }),
 *   down: ({ baseUrl, account, key }) => ({ url: baseUrl, login: account.concat(':', key) }),
 * });
 */
export function migration<const A extends ObjectSchemaDef, const B extends ObjectSchemaDef>(
  def: MigrationDef<A, B>,
): Migration {
  return def;
}
