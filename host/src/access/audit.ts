// Who did what to which entity. Entries are added in the transaction of the act, so that neither is without the other, and each
// holds the hash of the one before: whoever changes, removes or reorders one breaks the chain.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { AuditEntryTable, Queryable, Store } from '../store/index.ts';
import type { Actor } from './actor.ts';
import { type ClientScope, ofInstances } from './client-scope.ts';

export interface AuditEvent {
  readonly actor: Actor;
  /** What was done, such as `sync-job.rewind`. */
  readonly action: string;
  readonly entity: { readonly kind: string; readonly id: string };
  readonly instanceId?: string;
  /** How it was and how it is, without secrets. */
  readonly before?: unknown;
  readonly after?: unknown;
}

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

export interface AuditFilter {
  readonly instance?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly limit: number;
  /** `seq` of the last entry of the page before. */
  readonly after?: number;
}

export interface AuditVerdict {
  readonly entries: number;
  /** The first entry that is not as it was written; null when all are. */
  readonly fault: { readonly seq: number; readonly detail: string } | null;
}

export interface Audit {
  /** Call it last in the transaction of the act: others who write wait until that ends. When it throws, the act has not been done. */
  record(trx: Queryable, event: AuditEvent): Promise<void>;
  /** The newest first; with `clients`, only what is about their instances. */
  list(
    filter: AuditFilter,
    clients?: ClientScope,
  ): Promise<{ readonly entries: AuditEntry[]; readonly next: number | null }>;
  verify(): Promise<AuditVerdict>;
}

type Row = Omit<AuditEntryTable, 'seq' | 'at'> & { readonly seq: string | number; readonly at: Date };
type Link = Omit<Row, 'hash'>;

const BATCH = 1000;

export function createAudit({ db }: Pick<Store, 'db'>): Audit {
  return {
    record,
    list: (filter, clients) => list(db, filter, clients),
    verify: () => verify(db),
  };
}

async function record(trx: Queryable, event: AuditEvent): Promise<void> {
  const { actor, action, entity, instanceId, before, after } = event;
  await sql`insert into audit_head (single, seq, hash) values (true, 0, ''::bytea) on conflict do nothing`.execute(trx);
  // To the millisecond, which is what both drivers can give back.
  const { rows } = await sql<{ seq: string | number; hash: Uint8Array; now: Date }>`
    select seq, hash, date_trunc('milliseconds', clock_timestamp()) as now from audit_head for update`.execute(trx);
  const [head] = rows;
  if (head === undefined) throw new Error('the audit has no head');
  const link: Link = {
    seq: Number(head.seq) + 1,
    at: head.now,
    actor_kind: actor.kind,
    actor_id: actor.id,
    address: actor.address,
    request_id: actor.requestId,
    action,
    entity_kind: entity.kind,
    entity_id: entity.id,
    instance_id: instanceId ?? null,
    before: before === undefined ? null : JSON.stringify(before),
    after: after === undefined ? null : JSON.stringify(after),
    previous_hash: head.hash,
  };
  const hash = hashOf(link);
  const seq = Number(link.seq);
  await trx
    .insertInto('audit_entry')
    .values({ ...link, seq, hash })
    .execute();
  await trx.updateTable('audit_head').set({ seq, hash }).execute();
}

/** Every column but the hash itself, in an order that never changes. */
function hashOf(link: Link): Buffer {
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

async function list(db: Queryable, filter: AuditFilter, clients: ClientScope = 'all'): ReturnType<Audit['list']> {
  const { instance, actor, action, limit, after } = filter;
  let query = db
    .selectFrom('audit_entry')
    .selectAll()
    .where(ofInstances(clients, 'instance_id'))
    .orderBy('seq', 'desc')
    .limit(limit + 1);
  if (instance !== undefined) query = query.where('instance_id', '=', instance);
  if (actor !== undefined) query = query.where('actor_id', '=', actor);
  if (action !== undefined) query = query.where('action', '=', action);
  if (after !== undefined) query = query.where(sql<boolean>`seq < ${after}`);
  const rows = await query.execute();
  const entries = rows.slice(0, limit).map(entryOf);
  return { entries, next: rows.length > limit ? (entries.at(-1)?.seq ?? null) : null };
}

function entryOf(row: Row): AuditEntry {
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

async function verify(db: Queryable): Promise<AuditVerdict> {
  // Entries that are added meanwhile come after it.
  const head = await db.selectFrom('audit_head').select(['seq', 'hash']).executeTakeFirst();
  const last = Number(head?.seq ?? 0);
  let seq = 0;
  let hash: Uint8Array = Buffer.alloc(0);
  const fault = (detail: string): AuditVerdict => ({ entries: seq, fault: { seq: seq + 1, detail } });
  while (seq < last) {
    const rows = await db
      .selectFrom('audit_entry')
      .selectAll()
      .where(sql<boolean>`seq > ${seq}`)
      .orderBy('seq')
      .limit(BATCH)
      .execute();
    if (rows.length === 0) return fault('is missing, and so are those after it');
    for (const row of rows.slice(0, last - seq)) {
      if (Number(row.seq) !== seq + 1) return fault('is missing');
      if (!same(row.previous_hash, hash)) return fault('does not follow the one before it');
      if (!same(row.hash, hashOf(row))) return fault('is not as it was written');
      seq += 1;
      hash = row.hash;
    }
  }
  if (head === undefined || same(head.hash, hash)) return { entries: seq, fault: null };
  return { entries: seq, fault: { seq, detail: 'is not the last that was written' } };
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.from(one).equals(other);
}
