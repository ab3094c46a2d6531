// The statements on `instance_health` that write down what has been found out about an instance. What state follows from it is
// settled elsewhere. The database's clock decides.
import { type RawBuilder, sql } from 'kysely';
import type { HealthReason, Queryable } from '../store/index.ts';

/** A finding, and the revision of the instance that it is about: one about an earlier revision says nothing. */
export interface Finding {
  readonly instanceId: string;
  readonly revision: number;
}

const later = (ms: number | RawBuilder<number>): RawBuilder<Date> =>
  sql<Date>`now() + ${ms}::float8 * interval '1 millisecond'`;
const json = (value: unknown): RawBuilder<unknown> => sql`${JSON.stringify(value)}::text::jsonb`;

/** Makes the rows that are missing. */
export async function keepRows(db: Queryable, spreadMs: number): Promise<void> {
  await sql`
    insert into instance_health (instance_id, next_check_at)
    select id, ${later(sql<number>`random() * ${spreadMs}::float8`)} from instance
    where not exists (select 1 from instance_health h where h.instance_id = instance.id)
    on conflict do nothing`.execute(db);
}

/** The instance has changed: what was wrong may be right now, so it is looked at soon, and may be asked again at once. */
export async function noteChange(db: Queryable, instanceId: string, spreadMs: number): Promise<void> {
  await sql`
    update instance_health
    set next_check_at = ${later(sql<number>`random() * ${spreadMs}::float8`)}, failures = 0, held_until = null, held_code = null
    where instance_id = ${instanceId}`.execute(db);
}

/** The instance is switched off: nobody looks, so nobody knows. */
export async function forgetFacts(db: Queryable, instanceId: string): Promise<void> {
  await sql`
    update instance_health
    set checked_at = null, last_check = null, failures = 0, failure = null, refusal = null, quarantine = null,
      quarantine_until = null, held_until = null, held_code = null
    where instance_id = ${instanceId}`.execute(db);
}

/** A run, not a check, was refused by the vendor. */
export async function noteRefusal(
  db: Queryable,
  { instanceId, revision }: Finding,
  refusal: HealthReason,
): Promise<void> {
  await sql`
    update instance_health h set refusal = ${json(refusal)}
    from instance i where i.id = h.instance_id and i.enabled and i.id = ${instanceId} and i.revision = ${revision}`.execute(
    db,
  );
}

/** A run, not a check, has got something from the vendor: then that much is known, also before the first check. */
export async function noteSuccess(db: Queryable, { instanceId, revision }: Finding): Promise<void> {
  await sql`
    update instance_health h set refusal = null, checked_at = coalesce(h.checked_at, now()), ${endedQuarantine}
    from instance i where i.id = h.instance_id and i.enabled and i.id = ${instanceId} and i.revision = ${revision}`.execute(
    db,
  );
}

/** While the pause goes on, the host that made it still refuses. */
export const endedQuarantine: RawBuilder<unknown> = sql`
  quarantine = case when h.quarantine_until > now() then h.quarantine end,
  quarantine_until = case when h.quarantine_until > now() then h.quarantine_until end`;

/** The plugin is paused on the instance; a check tries again when that is over. */
export async function noteQuarantine(
  db: Queryable,
  instanceId: string,
  why: HealthReason,
  pauseMs: number,
): Promise<void> {
  await sql`
    update instance_health h
    set quarantine = ${json(why)}, quarantine_until = ${later(pauseMs)},
      next_check_at = least(h.next_check_at, ${later(pauseMs)})
    from instance i where i.id = h.instance_id and i.enabled and i.id = ${instanceId}`.execute(db);
}

export async function endQuarantine(db: Queryable, instanceId: string): Promise<void> {
  await sql`
    update instance_health set quarantine = null, quarantine_until = null
    where instance_id = ${instanceId} and quarantine is not null`.execute(db);
}

/** For a while the vendor is asked nothing but what a person asks. */
export async function noteHold(
  db: Queryable,
  { instanceId, revision }: Finding,
  code: string,
  forMs: number,
): Promise<void> {
  await sql`
    update instance_health h set held_code = ${code}, held_until = ${later(forMs)}
    from instance i where i.id = h.instance_id and i.id = ${instanceId} and i.revision = ${revision}`.execute(db);
}

export async function endHold(db: Queryable, instanceId: string): Promise<void> {
  await sql`
    update instance_health set held_code = null, held_until = null
    where instance_id = ${instanceId} and held_until is not null`.execute(db);
}

export interface KnownTrouble {
  readonly instance_id: string;
  /** A run that goes well changes something. */
  readonly unwell: boolean;
  readonly held_code: string | null;
  readonly held_ms: number | null;
}

/** What a host has to know while it starts runs: usually nothing. */
export async function readKnownTrouble(db: Queryable): Promise<readonly KnownTrouble[]> {
  const { rows } = await sql<KnownTrouble>`
    select instance_id, (refusal is not null or quarantine is not null) as unwell,
      case when held_until > now() then held_code end as held_code,
      case when held_until > now() then extract(epoch from held_until - now())::float8 * 1000 end as held_ms
    from instance_health
    where refusal is not null or quarantine is not null or held_until > now()`.execute(db);
  return rows;
}
