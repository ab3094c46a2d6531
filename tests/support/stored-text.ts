// All that a host has written: the tables of its database, and the files of its data folder.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore } from '../../host/src/store/index.ts';
import type { TestDatabase } from './databases.ts';
import { silentLog } from './log.ts';

export interface StoredText {
  readonly where: string;
  readonly text: string;
}

/** Every row of every table, those of plugins and of the queue too, as text. An embedded database only while no host has it. */
export async function storedRows({ dataFolder, databaseUrl }: TestDatabase): Promise<StoredText[]> {
  const stored: StoredText[] = [];
  await using store = await openStore({ dataFolder, databaseUrl, limits: defaultLimits.store, log: silentLog });
  const { rows } = await sql<{ schema: string; name: string }>`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`.execute(store.db);
  for (const { schema, name } of rows) {
    const found = await sql<{ row: string }>`select t::text as row from ${sql.id(schema, name)} t`.execute(store.db);
    // Bytes are shown in hex: what is text in them is looked at as text too.
    const texts = found.rows.flatMap(({ row }) => [
      row,
      ...row.matchAll(/\\x([0-9a-f]+)/g).map(([, hex = '']) => Buffer.from(hex, 'hex').toString('latin1')),
    ]);
    stored.push({ where: `${schema}.${name}`, text: texts.join('\n') });
  }
  return stored;
}

export async function storedFiles(folder: string): Promise<StoredText[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(files.map(async (where) => ({ where, text: await readFile(where, 'latin1') })));
}
