// Who did what to which entity. Entries are added in the transaction of the act, so that neither is without the other, and each
// holds the hash of the one before: whoever changes, removes or reorders one breaks the chain.
import type { Readable } from 'node:stream';
import { sql } from 'kysely';
import type { Queryable, Store } from '../store/index.ts';
import { actingNow } from './acting.ts';
import type { Actor } from './actor.ts';
import { type AuditEntry, entryOf, hashOf, type Link } from './audit-chain.ts';
import { exportAudit } from './audit-export.ts';
import { type AuditVerdict, verify } from './audit-verification.ts';
import { type ClientScope, ofInstances } from './client-scope.ts';

export interface AuditEvent {
  /** Whose request it is, when it is left out; the host itself outside of requests. */
  readonly actor?: Actor;
  /** What was done, such as `sync-job.rewind`. */
  readonly action: string;
  readonly entity: { readonly kind: string; readonly id: string };
  readonly instanceId?: string;
  /** How it was and how it is, without secrets. */
  readonly before?: unknown;
  readonly after?: unknown;
}

export type { AuditEntry } from './audit-chain.ts';
export type { AuditVerdict } from './audit-verification.ts';

export interface AuditFilter {
  readonly instance?: string;
  readonly actor?: string;
  readonly action?: string;
  readonly limit: number;
  /** `seq` of the last entry of the page before. */
  readonly after?: number;
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
  /** NDJSON of the entries after this one, the oldest first. */
  export(after: number): Readable;
}

export function createAudit({ db, readAs }: Pick<Store, 'db' | 'readAs'>): Audit {
  return {
    record,
    list: (filter, clients = 'all') => readAs(clients, (seen) => list(seen, filter, clients)),
    verify: () => verify(db),
    export: (after) => exportAudit(db, after),
  };
}

async function record(trx: Queryable, event: AuditEvent): Promise<void> {
  const { actor = actingNow(), action, entity, instanceId, before, after } = event;
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

async function list(db: Queryable, filter: AuditFilter, clients: ClientScope): ReturnType<Audit['list']> {
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
