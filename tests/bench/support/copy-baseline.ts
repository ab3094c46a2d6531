// What PostgreSQL can do by itself: COPY a file that lies on the server into an unlogged staging table, and merge that into a table
// like the stream's, with hashes that somebody else has computed.
import { hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { COLUMNS, ticketRow } from './ticket-rows.ts';

const NAMES = COLUMNS.map(([name]) => name);

/** In COPY's text format; readable for everybody, as the server is another user. */
export async function writeCopyFile(path: string, rows: number, edition: number): Promise<void> {
  const file = createWriteStream(path, { mode: 0o644 });
  for (let index = 0; index < rows; index += 1) {
    const row = ticketRow(index, edition);
    const digest = hash('sha256', JSON.stringify(row), 'base64url').slice(0, 22);
    const cells = NAMES.map((name) => (row[name] === null ? '\\N' : String(row[name])));
    if (!file.write(`${cells.join('\t')}\t${digest}\n`)) await new Promise((resolve) => file.once('drain', resolve));
  }
  file.end();
  await finished(file);
}

/** Call when the stream's table is there. */
export async function createBaseline(db: pg.Client): Promise<void> {
  await db.query('create schema baseline');
  await db.query('create table baseline.tickets (like bench.tickets including all)');
  const { rows } = await db.query<{ name: string; type: string }>(
    `select column_name as name, data_type as type from information_schema.columns
     where table_schema = 'bench' and table_name = 'tickets'`,
  );
  const typeOf = new Map(rows.map(({ name, type }) => [name, type]));
  const columns = [...NAMES, 'row_hash'].map((name) => `${name} ${typeOf.get(name)}`);
  await db.query(`create unlogged table baseline.staging (${columns.join(', ')})`);
}

export async function copyAndMerge(db: pg.Client, path: string): Promise<void> {
  const names = NAMES.join(', ');
  const sets = NAMES.filter((name) => name !== 'id').map((name) => `${name} = excluded.${name}`);
  await db.query(`copy baseline.staging (${names}, row_hash) from '${path}'`);
  await db.query(`
    insert into baseline.tickets as stored (instance_id, ${names}, row_hash, synced_at)
    select 'acme', ${names}, row_hash, now() from baseline.staging
    on conflict (instance_id, id) do update set ${sets.join(', ')}, row_hash = excluded.row_hash, synced_at = now()
    where stored.row_hash <> excluded.row_hash`);
}
