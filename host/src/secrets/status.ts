// What is sealed with what, for people.
import { type RawBuilder, sql } from 'kysely';
import type { Queryable } from '../store/index.ts';
import type { MasterKeys } from './master-keys.ts';
import type { RotationRow } from './rotation-rows.ts';

export interface RotationView {
  readonly id: string;
  readonly state: 'running' | 'done';
  readonly dataKeys: boolean;
  /** Id of the new one. */
  readonly masterKey: string | null;
  /** Secrets and data keys to seal again, those that are, and those that cannot be opened and stay as they are. */
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

export interface KeyStatus {
  /** Of this host, the one that is used first. `dataKeys` and `secrets`: how many it seals. */
  readonly masterKeys: readonly { readonly id: string; readonly dataKeys: number; readonly secrets: number }[];
  /** Of clients, and one of the instances without. `lost`: their master key is. */
  readonly dataKeys: Readonly<Record<'current' | 'old' | 'lost' | 'destroyed', number>> & { readonly oldestAt: string };
  /** `stored`: sealed here. `references`: only where they are. */
  readonly secrets: { readonly stored: number; readonly references: number };
  /** The last one. */
  readonly rotation: RotationView | null;
}

export function toView(row: RotationRow): RotationView {
  return {
    id: row.id,
    state: row.state,
    dataKeys: row.data_keys,
    masterKey: row.master_key_id,
    total: row.total,
    done: row.done,
    failed: row.failed,
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
  };
}

/** Ids of the master keys that seal something: secrets themselves as older hosts did, or anything. */
export async function sealingMasterKeys(db: Queryable, what: 'secrets' | 'all'): Promise<string[]> {
  const secrets = sql`
    select distinct split_part(ciphertext, '.', 2) as id from instance_secret
    where ciphertext like 'v1.%' ${what === 'secrets' ? sql`and key_id <> 'lost'` : sql``}`;
  const all = sql`${secrets} union select master_key_id from data_key where wrapped is not null`;
  const { rows } = await sql<{ id: string }>`${what === 'all' ? all : secrets}`.execute(db);
  return rows.map(({ id }) => id);
}

interface Counts {
  readonly current: number;
  readonly old: number;
  readonly lost: number;
  readonly destroyed: number;
  readonly oldest: Date | null;
  readonly stored: number;
  readonly references: number;
}

export async function readStatus(db: Queryable, masterKeys: MasterKeys): Promise<KeyStatus> {
  const keysIn = (state: string): RawBuilder<number> =>
    sql<number>`(select count(*) from data_key where state = ${state})::int`;
  const { rows } = await sql<Counts>`
    select ${keysIn('current')} as current, ${keysIn('old')} as old, ${keysIn('lost')} as lost,
      ${keysIn('destroyed')} as destroyed,
      (select min(created_at) from data_key where state = 'current') as oldest,
      (select count(*) from instance_secret where reference is null)::int as stored,
      (select count(*) from instance_secret where reference is not null)::int as references`.execute(db);
  const [counts] = rows;
  if (counts === undefined) throw new Error('the counts are missing');
  const sealed = await sql<{ id: string; keys: number; secrets: number }>`
    select id, sum(keys)::int as keys, sum(secrets)::int as secrets from (
      select master_key_id as id, 1 as keys, 0 as secrets from data_key where wrapped is not null
      union all select split_part(ciphertext, '.', 2), 0, 1 from instance_secret where ciphertext like 'v1.%'
    ) sealed group by id`.execute(db);
  const of = (id: string) => sealed.rows.find((row) => row.id === id);
  const last = await db
    .selectFrom('key_rotation')
    .selectAll()
    .orderBy('started_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  const { current, old, lost, destroyed, oldest, stored, references } = counts;
  return {
    masterKeys: masterKeys.ids.map((id) => ({ id, dataKeys: of(id)?.keys ?? 0, secrets: of(id)?.secrets ?? 0 })),
    dataKeys: { current, old, lost, destroyed, oldestAt: (oldest ?? new Date(0)).toISOString() },
    secrets: { stored, references },
    rotation: last === undefined ? null : toView(last),
  };
}
