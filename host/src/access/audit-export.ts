// The audit as NDJSON, in the order in which it was written, with the hashes, so that it can be verified where it is kept.
import { Readable } from 'node:stream';
import type { Queryable } from '../store/index.ts';
import { entryOf, readForward } from './audit-chain.ts';

/** Entries after `after`, up to the last one of now. */
export function exportAudit(db: Queryable, after: number, batch?: number): Readable {
  return Readable.from(linesOf(db, after, batch), { objectMode: false });
}

async function* linesOf(db: Queryable, after: number, batch?: number): AsyncGenerator<string> {
  const head = await db.selectFrom('audit_head').select('seq').executeTakeFirst();
  for await (const rows of readForward(db, after, Number(head?.seq ?? 0), batch)) {
    yield rows
      .map((row) => {
        const hashes = { previousHash: hexOf(row.previous_hash), hash: hexOf(row.hash) };
        return `${JSON.stringify({ ...entryOf(row), ...hashes })}\n`;
      })
      .join('');
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
