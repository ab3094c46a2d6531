// What the table of a stream looks like: its name, and the types of its columns.
import { createHash } from 'node:crypto';
import type { Column, ManifestStream } from '@jackfield/schemas';
import { type RawBuilder, sql } from 'kysely';

export interface TableShape {
  readonly plugin: string;
  readonly stream: string;
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  readonly version: string | undefined;
}

/** PostgreSQL cuts a longer name, and two that are cut may be the same. */
const NAME_BYTES = 63;
const DIGEST_LENGTH = 10;

/** Schemas that are taken: PostgreSQL's own, the one that the host's tables are in by default, and the job queue's. */
const TAKEN = /^(pg_.*|information_schema|public|pgboss)$/;

/** A plugin's name has no underscore, so no plugin's own schema is ever called like the way out. */
export function schemaOf(plugin: string): string {
  return identifier(TAKEN.test(plugin) ? `plugin_${plugin}` : plugin);
}

export function shapeOf(plugin: string, stream: string, declared: ManifestStream): TableShape {
  const { columns, primaryKey, version } = declared;
  return { plugin, stream, schema: schemaOf(plugin), table: identifier(stream), columns, primaryKey, version };
}

/** The name itself, or its beginning and a digest of all of it. */
export function identifier(name: string): string {
  if (Buffer.byteLength(name) <= NAME_BYTES) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, DIGEST_LENGTH);
  const room = NAME_BYTES - DIGEST_LENGTH - 1;
  // Cut between characters: half of one is not valid UTF-8.
  const start = new TextDecoder().decode(Buffer.from(name).subarray(0, room), { stream: true });
  return `${start}_${digest}`;
}

/** As PostgreSQL calls them. An integer may be a bigint of any size, so it is numeric: no row is refused for a large counter. */
const TYPES: Readonly<Record<Column['type'], string>> = {
  string: 'text',
  integer: 'numeric',
  number: 'double precision',
  boolean: 'boolean',
  date: 'date',
  datetime: 'timestamp with time zone',
  json: 'jsonb',
};

export function typeOf(column: Column): string {
  return TYPES[column.type];
}

/** `"name" type`, for a table or a record. */
export function definitionOf(column: Column): RawBuilder<unknown> {
  return sql`${sql.id(column.name)} ${sql.raw(typeOf(column))}`;
}

/** Text sorts by its bytes: the same everywhere, faster, and the order in which versions written as text grow. */
export function comparable(column: Column, reference: RawBuilder<unknown>): RawBuilder<unknown> {
  return column.type === 'string' ? sql`${reference} collate "C"` : reference;
}

/** The setting of a transaction that says whose the rows are that are copied straight into a table. */
export const INSTANCE_SETTING = 'jackfield.instance';

/** Null when nobody has said it: a setting that once was is empty ever after. */
export const CURRENT_INSTANCE: RawBuilder<unknown> = sql`nullif(current_setting(${sql.lit(INSTANCE_SETTING)}, true), '')`;

export function columnNamed(shape: Pick<TableShape, 'columns'>, name: string): Column | undefined {
  return shape.columns.find((column) => column.name === name);
}

export function tableOf(shape: Pick<TableShape, 'schema' | 'table'>): RawBuilder<unknown> {
  return sql.id(shape.schema, shape.table);
}
