// The state of an instance follows from what is known of it, and so do its repairs. Whoever has found something out settles that
// instance at once; every host settles all of them now and then, for what nobody tells: streams that keep failing, dates that come
// near, a host that died in between.
import { type Selectable, sql } from 'kysely';
import type { HealthLimits } from '../health-limits.ts';
import type { HealthReason, HealthState, InstanceHealthTable, Queryable, Store } from '../store/index.ts';
import { readTrouble, type Trouble } from '../sync/index.ts';
import { settleRepairs } from './settle-repairs.ts';

/** What is known of an instance. */
export type Known = Pick<
  Selectable<InstanceHealthTable>,
  'instance_id' | 'state' | 'why' | 'checked_at' | 'refusal' | 'quarantine' | 'failure' | 'expires'
> & {
  readonly plugin: string;
  readonly enabled: boolean;
  /** By the database's clock. */
  readonly now: Date;
};

/** Any number that nobody else in this database uses for advisory locks. */
const LOCK = 0x6a66_6865;

/** All instances, or one, with their repairs: nobody sees the one without the other. Of hosts that settle all at once, one does. */
export async function settle(db: Store['db'], limits: HealthLimits, instanceId?: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (instanceId === undefined && !(await isFirst(trx))) return;
    const trouble = await readTrouble(trx, limits.failingReads, instanceId);
    const known = await readKnown(trx, limits, instanceId ?? trouble.map(({ instance_id: id }) => id));
    for (const about of known) {
      const now = stateOf(
        about,
        trouble.filter(({ instance_id: id }) => id === about.instance_id),
      );
      await move(trx, about, now, limits);
    }
    await settleRepairs(trx, { known, trouble, limits, instanceId });
  });
}

async function isFirst(trx: Queryable): Promise<boolean> {
  const { rows } = await sql<{ got: boolean }>`select pg_try_advisory_xact_lock(${LOCK}::int) as got`.execute(trx);
  return rows[0]?.got ?? false;
}

/** One instance, or all whose state may have to change or that may need a repair: usually few. Those with trouble are among them. */
async function readKnown(trx: Queryable, limits: HealthLimits, of: string | readonly string[]): Promise<Known[]> {
  const dayThatIsNear = sql<Date>`now() + ${limits.expirySoon}::float8 * interval '1 millisecond'`;
  let query = trx
    .selectFrom('instance_health as h')
    .innerJoin('instance as i', 'i.id', 'h.instance_id')
    .select([
      'h.instance_id',
      'h.state',
      'h.why',
      'h.checked_at',
      'h.refusal',
      'h.quarantine',
      'h.failure',
      'h.expires',
    ])
    .select(['i.plugin', 'i.enabled', sql<Date>`now()`.as('now')]);
  if (typeof of === 'string') {
    query = query.where('h.instance_id', '=', of);
  } else {
    const others = of.length === 0 ? sql`false` : sql`h.instance_id in (${sql.join([...of])})`;
    // Those that have no check stay unknown: of 10,000 each would be read here every time.
    const atRest = sql`case when h.checked_at is null then 'unknown' else 'healthy' end`;
    query = query.where(
      sql<boolean>`(
        (i.enabled and (h.state <> ${atRest} or h.why is not null or h.refusal is not null or h.quarantine is not null or h.failure is not null
          or h.first_expiry < ${dayThatIsNear} or ${others}))
        or (not i.enabled and (h.state <> 'unknown' or h.why is null))
      )`,
    );
  }
  return query.orderBy('h.instance_id').execute();
}

interface State {
  readonly state: HealthState;
  readonly why: HealthReason | null;
}

/**
 * unknown: not checked yet, or switched off. healthy: the last check passed, and no stream has trouble. degraded: the last check
 * failed, or a stream keeps failing or waits for a person. auth_failed: the vendor has refused the credentials, and accepted none
 * since. quarantined: the plugin crashed again and again on it, and has not worked since.
 */
function stateOf(
  { enabled, quarantine, refusal, failure, checked_at: checkedAt }: Known,
  trouble: readonly Trouble[],
): State {
  if (!enabled) return { state: 'unknown', why: { code: 'disabled', detail: 'the instance is switched off' } };
  if (quarantine !== null) return { state: 'quarantined', why: quarantine };
  if (refusal !== null) return { state: 'auth_failed', why: refusal };
  if (failure !== null) return { state: 'degraded', why: failure };
  const worst = trouble.find(({ paused }) => paused) ?? trouble[0];
  if (worst !== undefined) return { state: 'degraded', why: reasonOf(worst) };
  return { state: checkedAt === null ? 'unknown' : 'healthy', why: null };
}

function reasonOf({ stream, paused, failures, code, detail }: Trouble): HealthReason {
  const what = paused ? 'waits for a person' : `has failed ${failures} times`;
  return { code, detail: `stream "${stream}" ${what}: ${detail}` };
}

/** Nothing happens when somebody else was faster. */
async function move(trx: Queryable, was: Known, now: State, limits: HealthLimits): Promise<void> {
  const why = now.why === null ? null : JSON.stringify(now.why);
  if (was.state === now.state && isSame(was.why, now.why)) return;
  const { rows } = await sql`
    update instance_health
    set state = ${now.state}, why = ${why}::text::jsonb,
      since = case when state = ${now.state} then since else now() end
    where instance_id = ${was.instance_id} and state = ${was.state} returning 1`.execute(trx);
  if (rows.length === 0 || was.state === now.state) return;
  await sql`
    insert into health_change (instance_id, from_state, to_state, why)
    values (${was.instance_id}, ${was.state}, ${now.state}, ${why}::text::jsonb)`.execute(trx);
  await sql`
    delete from health_change where instance_id = ${was.instance_id} and id <= (
      select id from health_change where instance_id = ${was.instance_id} order by id desc offset ${limits.history} limit 1
    )`.execute(trx);
}

function isSame(one: HealthReason | null, other: HealthReason | null): boolean {
  return one?.code === other?.code && one?.detail === other?.detail;
}
