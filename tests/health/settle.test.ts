// States and repairs follow from what was found out, in whatever order: random histories on a real database against a small model.
import fc from 'fast-check';
import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { claimDue, claimNow, type Outcome, recordCheck } from '../../host/src/health/check-rows.ts';
import {
  endQuarantine,
  forgetFacts,
  keepRows,
  noteChange,
  noteQuarantine,
  noteRefusal,
  noteSuccess,
} from '../../host/src/health/facts.ts';
import { settle } from '../../host/src/health/settle.ts';
import { settleStreams } from '../../host/src/health/stream-repairs.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import type { HealthReason, Store } from '../../host/src/store/index.ts';
import { cleanStore } from '../support/clean-store.ts';
import { pluginVersion } from '../instances/fixture.ts';
import { oneOf, server } from '../support/databases.ts';

const limits = { ...defaultLimits.health, history: 5 };
const RUNS = process.env['JACKFIELD_TEST_SCALE'] === 'full' ? 300 : 12;
const DAY = 86_400_000;

const ACTS = [
  'passed',
  'refused',
  'broken',
  'forbidden',
  'run refused',
  'run passed',
  'crashing',
  'works',
  'job paused',
  'job resumed',
  'changed',
  'off',
  'on',
  'expires',
  'renewed',
  'nothing',
] as const;
type Act = (typeof ACTS)[number];

/** What is known, and what follows from it. */
class Model {
  enabled = true;
  checked = false;
  failure: string | undefined;
  refused = false;
  quarantined = false;
  paused = false;
  expiring = false;

  get state(): string {
    if (!this.enabled) return 'unknown';
    if (this.quarantined) return 'quarantined';
    if (this.refused) return 'auth_failed';
    if (this.failure !== undefined || this.paused) return 'degraded';
    return this.checked ? 'healthy' : 'unknown';
  }

  get repairs(): string[] {
    if (!this.enabled) return [];
    return [
      ...(this.refused ? ['auth_failed'] : []),
      ...(this.expiring ? ['expires_soon'] : []),
      ...(this.failure === 'permission_denied' ? ['permission_denied'] : []),
      ...(this.quarantined ? ['quarantined'] : []),
      ...(this.paused ? ['sync_paused'] : []),
    ];
  }
}

async function addInstance({ db }: Store, id: string): Promise<void> {
  const at = new Date();
  const about = { client_id: null, enabled: true, config: '{}', config_version: 1, revision: 1 };
  await db
    .insertInto('instance')
    .values({ id, plugin: 'p', name: id, ...about, created_at: at, updated_at: at })
    .execute();
  await sql`
    insert into sync_schedule (instance_id, stream, kind, plugin, every_ms, next_due_at)
    values (${id}, 'beds', 'read', 'p', 1000, now())`.execute(db);
  await keepRows(db, 0);
}

async function check({ db }: Store, id: string, outcome: object): Promise<void> {
  const turn = await claimNow(db, id, limits);
  expect(turn).toBeDefined();
  if (turn === undefined) return;
  await recordCheck(
    db,
    turn,
    { report: { ok: true }, revision: 1, expires: ofPlugin(), ...outcome } as unknown as Outcome,
    limits,
  );
}

const ofPlugin = (...found: readonly object[]): object => ({
  ofHost: [],
  ofPlugin: found.map((one) => ({ by: 'plugin', ...one })),
});

const why = (code: string): HealthReason => ({ code, detail: `it is ${code}` });
const inDays = (days: number): { what: string; at: string } => ({
  what: 'the licence',
  at: new Date(Date.now() + days * DAY).toISOString(),
});

async function perform(store: Store, id: string, act: Act, model: Model): Promise<void> {
  const { db } = store;
  const finding = { instanceId: id, revision: 1 };
  const found = (): void => {
    model.failure = undefined;
    model.refused = false;
    model.quarantined = false;
    model.checked = true;
  };
  const setPaused = (paused: object | null): Promise<unknown> =>
    sql`
      update sync_schedule set paused = ${paused === null ? null : JSON.stringify(paused)}::text::jsonb
      where instance_id = ${id}`.execute(db);
  switch (act) {
    case 'passed':
    case 'expires':
    case 'renewed':
      await check(store, id, { kind: 'passed', expires: ofPlugin(act === 'expires' ? inDays(10) : inDays(100)) });
      if (!model.enabled) return;
      found();
      model.expiring = act === 'expires';
      return;
    case 'refused':
      await check(store, id, { kind: 'refused', why: why('auth_failed') });
      if (!model.enabled) return;
      model.refused = true;
      model.failure = undefined;
      model.checked = true;
      return;
    case 'broken':
    case 'forbidden': {
      const code = act === 'broken' ? 'vendor_error' : 'permission_denied';
      await check(store, id, { kind: 'failed', why: why(code) });
      if (!model.enabled) return;
      model.failure = code;
      model.checked = true;
      return;
    }
    case 'run refused':
      await noteRefusal(db, finding, why('auth_failed'));
      if (model.enabled) model.refused = true;
      return;
    case 'run passed':
      await noteSuccess(db, finding);
      if (!model.enabled) return;
      model.checked = true;
      model.refused = false;
      model.quarantined = false;
      return;
    case 'crashing':
      // Its pause is over at once: what comes next may try again.
      await noteQuarantine(db, id, why('plugin_crashed'), -1);
      if (model.enabled) model.quarantined = true;
      return;
    case 'works':
      await endQuarantine(db, id);
      model.quarantined = false;
      return;
    case 'job paused':
      await setPaused({ code: 'permission_denied', reason: 'no right' });
      model.paused = true;
      return;
    case 'job resumed':
      await setPaused(null);
      model.paused = false;
      return;
    case 'changed':
      return noteChange(db, id, 0);
    case 'off':
      await db.updateTable('instance').set({ enabled: false }).where('id', '=', id).execute();
      await forgetFacts(db, id);
      model.enabled = false;
      model.checked = false;
      model.failure = undefined;
      model.refused = false;
      model.quarantined = false;
      return;
    case 'on':
      await db.updateTable('instance').set({ enabled: true }).where('id', '=', id).execute();
      model.enabled = true;
      break;
    case 'nothing':
  }
}

test(
  'whatever is found out in whatever order, state, history and repairs follow from it',
  { timeout: 120_000 },
  async () => {
    const store = await cleanStore(server);
    const { db } = store;
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...ACTS), { minLength: 1, maxLength: 15 }), async (acts) => {
        const id = `i-${(count += 1)}`;
        await addInstance(store, id);
        const model = new Model();
        const passed = ['unknown'];
        for (const act of acts) {
          await perform(store, id, act, model);
          // Any number of hosts may do it.
          await settle(db, limits, id);
          await settle(db, limits);
          if (model.state !== passed.at(-1)) passed.push(model.state);
          expect({ state: await stateOf(store, id), repairs: await openOf(store, id) }).toEqual({
            state: model.state,
            repairs: model.repairs,
          });
        }
        const steps = passed.slice(1).map((to, index) => [passed[index], to]);
        expect(await changesOf(store, id)).toEqual(steps.slice(-limits.history));
        await db.deleteFrom('instance').where('id', '=', id).execute();
      }),
      { numRuns: RUNS, seed: 20260301 },
    );
  },
);

async function stateOf({ db }: Store, id: string): Promise<string> {
  return (
    await db.selectFrom('instance_health').select('state').where('instance_id', '=', id).executeTakeFirstOrThrow()
  ).state;
}

async function openOf({ db }: Store, id: string): Promise<string[]> {
  const rows = await db
    .selectFrom('repair')
    .select('code')
    .where('closed_at', 'is', null)
    .where('instance_id', '=', id)
    .orderBy('code')
    .execute();
  return rows.map(({ code }) => code);
}

async function changesOf({ db }: Store, id: string): Promise<string[][]> {
  const rows = await db.selectFrom('health_change').selectAll().where('instance_id', '=', id).orderBy('id').execute();
  return rows.map(({ from_state: from, to_state: to }) => [from, to]);
}

describe.each(oneOf)('what expires on $name', (database) => {
  test('is a repair from 30 days before, with its date, and closed when the date moves', async () => {
    const store = await cleanStore(database);
    await addInstance(store, 'i');
    const expire = async (...expires: object[]) => {
      await check(store, 'i', { kind: 'passed', expires: ofPlugin(...expires) });
      await settle(store.db, limits, 'i');
      return store.db.selectFrom('repair').selectAll().orderBy('id').execute();
    };
    expect(await expire(inDays(31))).toEqual([]);
    const [near] = await expire(inDays(29), { ...inDays(300), what: 'the certificate' });
    expect(near).toMatchObject({
      code: 'expires_soon',
      detail: `the licence expires on ${inDays(29).at.slice(0, 10)}`,
      fix: { method: 'POST', path: '/api/instances/i/check' },
    });
    // Past its date it is still to be done; what is found to have expired long ago is none of ours.
    const [over] = await expire(inDays(-40), { ...inDays(-31), what: 'an old one' });
    expect(over).toMatchObject({
      id: near?.id,
      closed_at: null,
      detail: expect.stringContaining('the licence expired on'),
    });
    const all = await expire(inDays(365), { ...inDays(-1), what: 'the certificate' });
    expect(all).toMatchObject([
      { id: near?.id, closed_why: 'its date has moved, or it is not there any more' },
      { closed_at: null, detail: expect.stringContaining('the certificate expired on') },
    ]);
  });

  test('stays known while checks fail, or cannot find out', async () => {
    const store = await cleanStore(database);
    await addInstance(store, 'i');
    await check(store, 'i', { kind: 'passed', expires: ofPlugin(inDays(3)) });
    await check(store, 'i', { kind: 'passed', expires: { ofHost: [], ofPlugin: undefined } });
    await check(store, 'i', { kind: 'failed', why: why('vendor_unavailable') });
    await settle(store.db, limits);
    const open = await store.db.selectFrom('repair').select('code').where('closed_at', 'is', null).execute();
    expect(open).toEqual([{ code: 'expires_soon' }]);
  });
});

describe.each(oneOf)('a stream whose table does not fit on $name', (database) => {
  test('has one repair, and jobs that wait because of it have none of their own', async () => {
    const store = await cleanStore(database);
    const { db } = store;
    await addInstance(store, 'i');
    const plugin = pluginVersion({ name: 'p' });
    const status = { id: 'beds', title: 'Beds', schema: 'p', table: 'beds', columns: [], primaryKey: ['id'] };
    const paused = { code: 'conflict', reason: 'its table does not fit' };
    await db
      .updateTable('sync_schedule')
      .set({ paused: JSON.stringify(paused) })
      .execute();
    const open = async (repair?: string): Promise<unknown[]> => {
      await settleStreams(db, plugin, [repair === undefined ? status : { ...status, repair }]);
      await settle(db, limits);
      return db.selectFrom('repair').select(['code', 'detail']).where('closed_at', 'is', null).execute();
    };
    const changed = { code: 'stream_changed', detail: 'column "id" is text' };
    expect(await open(changed.detail)).toEqual([changed]);
    expect(await open(changed.detail)).toEqual([changed]);
    expect(await open('column "id" is numeric')).toEqual([{ ...changed, detail: 'column "id" is numeric' }]);
    expect(await open()).toEqual([{ code: 'sync_paused', detail: paused.reason }]);
    expect(await db.selectFrom('repair').select('id').execute()).toHaveLength(2);
  });
});

describe.each(oneOf)('a turn on $name', (database) => {
  const due = (store: Store, plugins = ['p']) => claimDue(store.db, { plugins, most: 10, limits });

  test('is taken once, and what an earlier check finds out later is not recorded', async () => {
    const store = await cleanStore(database);
    await addInstance(store, 'i');
    expect(await due(store, ['another plugin'])).toEqual([]);
    const [turn] = await due(store);
    expect(turn).toEqual({ instanceId: 'i', epoch: 1 });
    expect(await due(store)).toEqual([]);
    await check(store, 'i', { kind: 'passed' });
    if (turn === undefined) return;
    await recordCheck(store.db, turn, { kind: 'refused', report: {}, revision: 1, why: why('auth_failed') }, limits);
    const row = await store.db.selectFrom('instance_health').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ refusal: null, failures: 0, lease_until: null });
    expect(row.next_check_at.getTime() - Date.now()).toBeGreaterThan(limits.every - 60_000);
  });

  test('waits while a stream tries credentials that nobody has used yet, and while its vendor wants to be left alone', async () => {
    const store = await cleanStore(database);
    await addInstance(store, 'i');
    const run = { id: 'r', plugin: 'p', instance_id: 'i', stream: 'beds', kind: 'read', trigger: 'schedule' } as const;
    await store.db
      .insertInto('run')
      .values({ ...run, state: 'running' })
      .execute();
    await sql`update run set started_at = now()`.execute(store.db);
    expect(await due(store)).toEqual([]);
    // A first read may take for long: then it is no longer about credentials.
    await sql`update run set started_at = now() - ${limits.firstTry + 1000} * interval '1 millisecond'`.execute(
      store.db,
    );
    await sql`update instance_health set held_until = now() + interval '1 minute', held_code = 'rate_limited'`.execute(
      store.db,
    );
    expect(await due(store)).toEqual([]);
    await sql`update instance_health set held_until = now() - interval '1 second'`.execute(store.db);
    expect(await due(store)).toHaveLength(1);
  });

  test('comes soon after a failure and ever later after refusals, but never later than it may', async () => {
    const store = await cleanStore(database);
    await addInstance(store, 'i');
    const pauseAfter = async (outcome: object): Promise<number> => {
      await check(store, 'i', outcome);
      const { rows } = await sql<{ ms: number }>`
        select extract(epoch from next_check_at - checked_at)::float8 * 1000 as ms from instance_health`.execute(
        store.db,
      );
      return rows[0]?.ms ?? 0;
    };
    const within = (ms: number, least: number): void => {
      expect(ms).toBeGreaterThanOrEqual(least);
      expect(ms).toBeLessThanOrEqual(least * 1.1);
    };
    const failed = { kind: 'failed', why: why('vendor_error') };
    for (const minutes of [1, 2, 4, 8, 10, 10]) within(await pauseAfter(failed), minutes * 60_000);
    within(await pauseAfter({ kind: 'passed' }), 600_000);
    within(await pauseAfter({ ...failed, retryAfterMs: 1_800_000 }), 1_800_000);
    await pauseAfter({ kind: 'passed' });
    for (const minutes of [10, 20, 40, 80, 160, 320, 360, 360])
      within(await pauseAfter({ kind: 'refused', why: why('auth_failed') }), minutes * 60_000);
    await sql`update instance_health set every_ms = 86400000`.execute(store.db);
    within(await pauseAfter({ kind: 'refused', why: why('auth_failed') }), 86_400_000);
  });
});
