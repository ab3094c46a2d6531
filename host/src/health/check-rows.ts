// The statements on `instance_health` that decide who checks an instance when. A check has the epoch that it was given when it was
// started; what an earlier one finds out after that is not recorded.
import { type RawBuilder, sql } from 'kysely';
import type { HealthLimits } from '../health-limits.ts';
import type { HealthReason, Queryable } from '../store/index.ts';
import { isFirstTry } from '../sync/index.ts';
import type { Expiries } from './connection-test.ts';
import { endedQuarantine } from './facts.ts';

export interface Turn {
  readonly instanceId: string;
  readonly epoch: number;
}

/** What a check has found out. */
export type Outcome = {
  /** As it is shown. */
  readonly report: object;
  readonly revision: number;
} & (
  | { readonly kind: 'passed'; readonly expires: Expiries }
  | { readonly kind: 'refused'; readonly why: HealthReason }
  | { readonly kind: 'failed'; readonly why: HealthReason; readonly retryAfterMs: number | undefined }
);

const later = (ms: RawBuilder<unknown> | number): RawBuilder<Date> =>
  sql<Date>`now() + ${ms}::float8 * interval '1 millisecond'`;

/** Takes checks that are due, at most so many. After an outage everything is due: what a host has room for bounds it. */
export async function claimDue(
  db: Queryable,
  { plugins, most, limits }: { plugins: readonly string[]; most: number; limits: HealthLimits },
): Promise<readonly Turn[]> {
  if (plugins.length === 0 || most <= 0) return [];
  const { rows } = await sql<Turn>`
    with due as (
      select h.instance_id from instance_health h join instance i on i.id = h.instance_id
      where i.enabled and i.plugin in (${sql.join([...plugins])}) and h.next_check_at <= now()
        and (h.lease_until is null or h.lease_until < now())
        and (h.held_until is null or h.held_until <= now())
        and not ${isFirstTry(sql.ref('i.id'), limits.firstTry)}
      order by h.next_check_at limit ${most} for update of h skip locked
    )
    update instance_health h set epoch = h.epoch + 1, lease_until = ${later(limits.lease)}
    from due where h.instance_id = due.instance_id
    returning h.instance_id as "instanceId", h.epoch`.execute(db);
  return rows;
}

/** A person's check is due when the person says so. Undefined when the instance is gone. */
export async function claimNow(db: Queryable, instanceId: string, limits: HealthLimits): Promise<Turn | undefined> {
  const { rows } = await sql<Turn>`
    update instance_health set epoch = epoch + 1, lease_until = ${later(limits.lease)}
    where instance_id = ${instanceId} returning instance_id as "instanceId", epoch`.execute(db);
  return rows[0];
}

/** Hands a turn back: nothing was found out. The next check comes after so many milliseconds; undefined leaves its time as it is. */
export async function giveBack(db: Queryable, { instanceId, epoch }: Turn, nextInMs?: number): Promise<void> {
  const next = nextInMs === undefined ? sql`next_check_at` : later(nextInMs);
  await sql`
    update instance_health set lease_until = null, next_check_at = ${next}
    where instance_id = ${instanceId} and epoch = ${epoch}`.execute(db);
}

/**
 * Records what was found out, and when the next check comes: from now, so what was missed is not made up for. Nothing is recorded
 * when another check was started since, or the instance has changed.
 */
export async function recordCheck(db: Queryable, turn: Turn, outcome: Outcome, limits: HealthLimits): Promise<void> {
  const { rows } = await sql`
    update instance_health h
    set lease_until = null, checked_at = now(), last_check = ${json(outcome.report)},
      next_check_at = ${later(pauseAfter(outcome, limits))}, ${findings(outcome)}
    from instance i
    where i.id = h.instance_id and i.enabled and i.revision = ${outcome.revision}
      and h.instance_id = ${turn.instanceId} and h.epoch = ${turn.epoch}
    returning 1`.execute(db);
  if (rows.length === 0) await giveBack(db, turn);
}

function findings(outcome: Outcome): RawBuilder<unknown> {
  switch (outcome.kind) {
    case 'passed':
      return sql`failures = 0, failure = null, refusal = null, ${endedQuarantine},
        ${expiries(outcome.expires)}`;
    case 'refused':
      return sql`failures = h.failures + 1, failure = null, refusal = ${json(outcome.why)}`;
    case 'failed':
      return sql`failures = h.failures + 1, failure = ${json(outcome.why)}`;
  }
}

/** Soon again after a failure that may pass, ever later after refused credentials. */
function pauseAfter(outcome: Outcome, { every, jitter, retryMin, refusedMost }: HealthLimits): RawBuilder<unknown> {
  const usual = sql`coalesce(h.every_ms, ${every}::float8)`;
  const doubled = (first: RawBuilder<unknown>) => sql`(${first}) * power(2, least(h.failures, 20))`;
  const spread = sql`(1 + random() * least(0.1, ${jitter}::float8 / ${usual}))`;
  switch (outcome.kind) {
    case 'passed':
      return sql`(${usual} * ${spread})`;
    case 'refused':
      return sql`(greatest(${usual}, least(${refusedMost}::float8, ${doubled(usual)})) * ${spread})`;
    case 'failed':
      return sql`(greatest(${outcome.retryAfterMs ?? 0}::float8, least(${usual}, ${doubled(sql`${retryMin}::float8`)})) * ${spread})`;
  }
}

/** What the plugin could not find out this time stays as it was. */
function expiries({ ofHost, ofPlugin }: Expiries): RawBuilder<unknown> {
  const kept = sql`coalesce(
    (select jsonb_agg(e) from jsonb_array_elements(h.expires) e where e ->> 'by' = 'plugin'), '[]'::jsonb
  )`;
  const all = sql`(${json(ofHost)} || ${ofPlugin === undefined ? kept : json(ofPlugin)})`;
  return sql`expires = ${all}, first_expiry = (
    select min((e ->> 'at')::timestamptz) from jsonb_array_elements${all} e
  )`;
}

function json(value: unknown): RawBuilder<unknown> {
  return sql`${JSON.stringify(value)}::text::jsonb`;
}
