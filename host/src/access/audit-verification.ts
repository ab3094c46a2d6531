// Whether the audit is as it was written. The first entry that is there follows nothing, or what an entry says was cut.
import type { Queryable } from '../store/index.ts';
import { hashOf, readForward, type Row } from './audit-chain.ts';
import { CUT, type Cut } from './audit-retention.ts';

export interface AuditVerdict {
  readonly entries: number;
  /** Entries up to this one are old and were cut, which an entry accounts for; left out when there are none. */
  readonly cut?: number;
  /** The first entry that is not as it was written; null when all are. */
  readonly fault: { readonly seq: number; readonly detail: string } | null;
}

export async function verify(db: Queryable): Promise<AuditVerdict> {
  // Entries that are added meanwhile come after it.
  const head = await db.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst();
  const last = Number(head?.seq ?? 0);
  const chain = new Chain();
  for await (const rows of readForward(db, 0, last)) {
    for (const row of rows) {
      const detail = chain.follow(row);
      if (detail !== undefined) return { entries: chain.entries, fault: { seq: chain.seq + 1, detail } };
    }
  }
  const { entries, seq, unproven } = chain;
  if (seq < last) return { entries, fault: { seq: seq + 1, detail: 'is missing, and so are those after it' } };
  if (unproven !== undefined) {
    return { entries, fault: { seq: 1, detail: `is missing, and so are those up to ${unproven}: no entry says why` } };
  }
  if (head !== undefined && !same(head.hash, chain.hash)) {
    return { entries, fault: { seq, detail: 'is not the last that was written' } };
  }
  return { entries, ...(chain.cut === 0 ? {} : { cut: chain.cut }), fault: null };
}

/** Entries as they follow each other, from wherever they begin. */
export class Chain {
  entries = 0;
  seq = 0;
  hash: Uint8Array = Buffer.alloc(0);
  /** The last entry before the first that is here. */
  cut = 0;
  #cutHash = '';
  #proven = false;

  /** The same, when nothing accounts for it. */
  get unproven(): number | undefined {
    return this.cut > 0 && !this.#proven ? this.cut : undefined;
  }

  /** Why the row is not the next one; undefined when it is. */
  follow(row: Row): string | undefined {
    const seq = Number(row.seq);
    if (this.entries === 0 && seq > 1) {
      this.cut = seq - 1;
      this.seq = this.cut;
      this.hash = row.previous_hash;
      this.#cutHash = Buffer.from(row.previous_hash).toString('hex');
    }
    if (seq !== this.seq + 1) return 'is missing';
    if (!same(row.previous_hash, this.hash)) return 'does not follow the one before it';
    if (!same(row.hash, hashOf(row))) return 'is not as it was written';
    if (this.cut > 0 && row.action === CUT) this.#proven ||= this.#accounts(row);
    this.seq = seq;
    this.hash = row.hash;
    this.entries += 1;
    return undefined;
  }

  #accounts({ after }: Row): boolean {
    const { through, hash } = JSON.parse(after ?? '{}') as Partial<Cut>;
    return through === this.cut && hash === this.#cutHash;
  }
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one).equals(other);
}
