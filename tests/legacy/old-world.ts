// The old program's database, made by SQL, with a canary in the place of every secret.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { sql } from 'kysely';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore } from '../../host/src/store/index.ts';
import { newCanary } from '../support/canary.ts';
import { server, type TestDatabase } from '../support/databases.ts';
import { silentLog } from '../support/log.ts';

export interface OldWorld {
  /** By the name that stands in the SQL. */
  readonly canaries: ReadonlyMap<string, string>;
}

/** A database of the old program's own. */
export async function openOldWorld(): Promise<OldWorld & AsyncDisposable & { readonly databaseUrl: string }> {
  const database = await server.openEmpty();
  const { databaseUrl = '' } = database;
  const { text, canaries } = await fixture('old-tables', 'people', 'old-rows', 'beside', 'broken-rows');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(text);
  await client.end();
  return { databaseUrl, canaries, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}

/** The same in a host's own database, before the host starts. */
export async function putOldWorld(database: TestDatabase): Promise<OldWorld> {
  const { text, canaries } = await fixture('old-clients', 'people', 'old-rows', 'beside');
  await using store = await openStore({ ...database, limits: defaultLimits.store, log: silentLog });
  for (const statement of statementsOf(text)) await sql.raw(statement).execute(store.db);
  // The rows have brought their ids along.
  for (const table of ['external_systems', 'external_system_instances', 'external_widget_templates']) {
    await sql`select setval(pg_get_serial_sequence(${table}, 'id'), 100)`.execute(store.db);
  }
  return { canaries };
}

async function fixture(...names: readonly string[]): Promise<{ text: string; canaries: Map<string, string> }> {
  const files = names.map((name) => readFile(join(import.meta.dirname, 'fixture', `${name}.sql`), 'utf8'));
  const canaries = new Map<string, string>();
  const text = (await Promise.all(files))
    .join('\n')
    .replaceAll(/\$<(?:(url|twice):)?(\w+)>/g, (_, how: string | undefined, name: string) => {
      const canary = canaries.get(name) ?? newCanary(name);
      canaries.set(name, canary);
      if (how === 'url') return encodeURIComponent(canary);
      return inJson(how === 'twice' ? inJson(canary) : canary).replaceAll("'", "''");
    });
  return { text, canaries };
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function statementsOf(text: string): string[] {
  return text
    .replaceAll(/^--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
