// The least that it takes to read rows again that have not changed: one thread that gets a page while it works on the one before, parses
// it, hashes its rows, and asks the baseline's table which of their hashes are others. bare-reread.ts <vendor> <database>. There is no
// plugin, no isolation, no check of cells, no gateway and no cursor. Each request reads everything once, and is answered with what it took.
import { hash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { request } from 'undici';
import type { TicketRow } from '../support/ticket-rows.ts';
import { answersAt } from '../support/tied.ts';

/** As many as the host asks about at once. */
const BATCH_ROWS = 5000;
const HASH_CHARACTERS = 22;
const [vendor = '', databaseUrl = ''] = process.argv.slice(2);
const db = new pg.Client({ connectionString: databaseUrl });
await db.connect();

async function pageOf(page: number): Promise<readonly TicketRow[]> {
  const { body } = await request(`${vendor}/tickets?page=${page}`);
  return JSON.parse(await body.text()) as readonly TicketRow[];
}

async function changedOf(ids: readonly string[], hashes: readonly string[]): Promise<number> {
  const { rows } = await db.query<{ changed: number }>(
    `select count(*)::int as changed from unnest($1::text[], $2::text[]) as sent(id, hash) left join lateral (
       select row_hash from baseline.tickets where instance_id = 'acme' and id = sent.id limit 1
     ) as stored on true where row_hash is distinct from hash`,
    [ids, hashes],
  );
  return rows[0]?.changed ?? 0;
}

async function readAll(): Promise<{ readonly rows: number; readonly changed: number }> {
  let [rows, changed] = [0, 0];
  let asked: Promise<number> = Promise.resolve(0);
  let ids: string[] = [];
  let hashes: string[] = [];
  const ask = async (): Promise<void> => {
    changed += await asked;
    asked = changedOf(ids, hashes);
    [ids, hashes] = [[], []];
  };
  let next = pageOf(0);
  for (let page = 1; ; page += 1) {
    const read = await next;
    if (read.length === 0) break;
    next = pageOf(page);
    for (const row of read) {
      ids.push(row.id);
      hashes.push(hash('sha256', JSON.stringify(row), 'base64url').slice(0, HASH_CHARACTERS));
    }
    rows += read.length;
    if (ids.length >= BATCH_ROWS) await ask();
  }
  await ask();
  return { rows, changed: changed + (await asked) };
}

const server = createServer((_request, response) => {
  const startedAt = performance.now();
  void readAll().then((found) =>
    response.end(JSON.stringify({ ...found, seconds: (performance.now() - startedAt) / 1000 })),
  );
}).listen(0, '127.0.0.1', () => answersAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
