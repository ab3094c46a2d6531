// The types an author meets. They flow from the JSON Schemas written in `definePlugin` to the code beside them.
import type { Column } from '@jackfield/schemas';
import type { FromSchema, JSONSchema } from 'json-schema-to-ts';

/** JSON Schema of an object, as `config` and `params` take it. */
export interface ObjectSchemaDef {
  readonly type: 'object';
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly properties: { readonly [name: string]: JSONSchema };
  readonly [keyword: string]: unknown;
}

type IsWide<S extends ObjectSchemaDef> = string extends keyof S['properties'] ? true : false;

/** What a schema's values look like in code. Defaults are filled in before the plugin sees them. */
export type Values<S extends ObjectSchemaDef> =
  IsWide<S> extends true ? Record<string, unknown> : S extends JSONSchema ? FromSchema<S> : never;

/** A column: its type, and what people need to read it. */
export type ColumnDef = Omit<Column, 'name'>;
/** Columns by name, in the order they are shown. */
export type ColumnDefs = { readonly [name: string]: ColumnDef };

/** What a cell of each type of column may be. */
export interface CellTypes {
  string: string;
  integer: number;
  number: number;
  boolean: boolean;
  /** YYYY-MM-DD */
  date: string;
  /** A `Date`, or RFC 3339 text with an offset. */
  datetime: string | Date;
  json: unknown;
}
/** One row of a query. Vendors leave things out, so every cell may be missing or null. */
export type Row<C extends ColumnDefs> = { [K in keyof C]?: CellTypes[C[K]['type']] | null | undefined };

type PublicName<P> = { [K in keyof P]: P[K] extends { readonly writeOnly: true } ? never : K }[keyof P];

/** Config values without the secret (`writeOnly`) fields: those never reach a plugin. */
export type PublicConfig<S extends ObjectSchemaDef> =
  IsWide<S> extends true
    ? Record<string, unknown>
    : Pick<Values<S>, Extract<PublicName<S['properties']>, keyof Values<S>>>;

/** Writes to the host's log with the plugin, instance and run attached. `fields` must be plain JSON values. */
export interface Logger {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

/** Everything a run gets from the host. */
export interface Context<Config = Record<string, unknown>> {
  /** The instance's config, validated, without its secrets. */
  readonly config: Readonly<Config>;
  readonly instance: { readonly id: string; readonly name: string };
  /** Parameters of the client the instance belongs to; empty when there is none. */
  readonly client: Readonly<Record<string, string | number | boolean>>;
  /**
   * The standard `fetch`, performed by the host's gateway. A path (`/rest/api/3/myself`) is appended to the instance's base URL;
   * an absolute URL must be on the base URL's origin or on a declared host. The gateway adds the credentials.
   * GET, HEAD and OPTIONS are tried again when the vendor is busy or unreachable. The header `x-jackfield-no-retry: 1` prevents that;
   * `x-jackfield-idempotent: 1` on a POST says that it reads and changes nothing (a search), so that it is tried again too. Neither
   * is sent on. Rejects with a `TypeError` whose `cause.code` is `auth_failed` (no OAuth 2 token can be had), `egress_denied`,
   * `vendor_unavailable`, `vendor_bad_response` or `timeout`; left uncaught, the run fails with that code.
   */
  readonly fetch: typeof globalThis.fetch;
  readonly log: Logger;
  /** Aborts when the run is cancelled or its deadline has passed. */
  readonly signal: AbortSignal;
  /** The host's time. */
  now(): Date;
}

/** What `check` found out. `message` is shown to the admin: name the account or the device. */
export interface CheckResult {
  readonly message: string;
  /**
   * What expires, and when: tokens, certificates, licences; up to 100. The host raises a repair 30 days before, and closes it when a later check
   * gives a later date or names it no more. Left out: not found out this time, and what was known stays.
   */
  readonly expires?: readonly Expiry[];
}

/** Something that expires. */
export interface Expiry {
  /** As people call it: `licence "ips"`. It tells one from another, so it stays the same when it is renewed. Up to 200 characters. */
  readonly what: string;
  /** A `Date`, or RFC 3339 text with an offset. */
  readonly at: string | Date;
}

/** What people and tokens may do, least first. */
export type Role = 'user' | 'engineer' | 'manager' | 'admin';

/** A read of the vendor: typed params in, typed rows out. */
export interface QueryDef<P extends ObjectSchemaDef, C extends ColumnDefs, Config> {
  readonly title: string;
  readonly description?: string;
  /** JSON Schema of the params; left out when there are none. */
  readonly params?: P;
  readonly columns: C;
  /** Who may run it. Default: every user. */
  readonly role?: Role;
  /** How long a result is served without asking the vendor again: `500ms`, `60s`, `5m`, `1h`. Default: not at all. */
  readonly cache?: string;
  /** Yields rows, one at a time or (faster) in arrays of up to 1,000. */
  rows(ctx: Context<Config>, params: Values<P>): AsyncIterable<Row<C> | readonly Row<C>[]>;
}

/** A query as `definePlugin` takes it, whatever its params and columns. */
export interface AnyQuery<Config = never> {
  readonly title: string;
  readonly description?: string;
  readonly params?: ObjectSchemaDef;
  readonly columns: ColumnDefs | 'dynamic';
  readonly role?: Role;
  readonly cache?: string;
  rows(ctx: Context<Config>, params: never): AsyncIterable<object>;
}
