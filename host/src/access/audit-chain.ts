// Entries as rows, and the hash that ties each to the one before.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { AuditEntryTable, Queryable } from '../store/index.ts';
import type { Actor } from './actor.ts';

export interface AuditEntry {
  readonly seq: number;
  readonly at: string;
  readonly actor: Actor;
  readonly action: string;
  readonly entity: { readonly kind: string; readonly id: string };
  readonly instanceId: string | null;
  readonly before: unknown;
  readonly after: unknown;
}

export type Row = Omit<AuditEntryTable, 'seq' | 'at'> & { readonly seq: string | number; readonly at: Date };
export type Link = Omit<Row, 'hash'>;

const BATCH = 1000;

/** The entries after this one, in the order in which they were written. */
export async function* readForward(
  db: Queryable,
  after: number,
  last: number,
  batch: number = BATCH,
): AsyncGenerator<Row[]> {
  for (let seq = after; seq < last;) {
    const rows = await db
      .selectFrom('audit_entry')
      .selectAll()
      .where(sql<boolean>`seq > ${seq} and seq <= ${last}`)
      .orderBy('seq')
      .limit(batch)
      .execute();
    const end = rows.at(-1);
    if (end === undefined) return;
    yield rows;
    seq = Number(end.seq);
  }
}

/** Every column but the hash itself, in an order that never changes. */
export function hashOf(link: Link): Buffer {
  const text = JSON.stringify([
    Number(link.seq),
    link.at.toISOString(),
    link.actor_kind,
    link.actor_id,
    link.address,
    link.request_id,
    link.action,
    link.entity_kind,
    link.entity_id,
    link.instance_id,
    link.before,
    link.after,
  ]);
  return createHash('sha256').update(link.previous_hash).update(text).digest();
}

export function entryOf(row: Row): AuditEntry {
  return {
    seq: Number(row.seq),
    at: row.at.toISOString(),
    actor: { kind: row.actor_kind, id: row.actor_id, address: row.address, requestId: row.request_id },
    action: row.action,
    entity: { kind: row.entity_kind, id: row.entity_id },
    instanceId: row.instance_id,
    before: row.before === null ? null : JSON.parse(row.before),
    after: row.after === null ? null : JSON.parse(row.after),
  };
}
