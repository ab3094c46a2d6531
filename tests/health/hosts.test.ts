// Several hosts on one database, and hosts that are started again: each due check once, and nobody asks a vendor that has refused.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore } from '../../host/src/store/index.ts';
import { oneOf, server } from '../support/databases.ts';
import { quietLimits, startTestHost } from '../support/host.ts';
import { silentLog } from '../support/log.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { until } from '../support/until.ts';
import { buildClinic, healthOf, inState, quick, repairsOf, startWard, type Health } from './clinic.ts';

const CHECKS = process.env['JACKFIELD_TEST_SCALE'] === 'full' ? 1000 : 40;
const { perHost } = defaultLimits.health;
/** No stream reads, so that every call is a check or what the test asks. */
const checksOnly = { ...quick, sync: quietLimits.sync };

let clinic: TestPlugin;
beforeAll(async () => {
  clinic = await buildClinic();
});
afterAll(() => clinic[Symbol.asyncDispose]());

const configOf = (url: string): object => ({ baseUrl: url, token: 'a-token-of-the-clinic' });

test(
  `two hosts check each of ${CHECKS} due instances once, a few at a time, and not in step afterwards`,
  { timeout: 180_000 },
  async () => {
    await using place = await server.open();
    await using ward = await startWard();
    ward.slow = 20;
    // An outage: all of them are due when the hosts come up.
    {
      await using quiet = await startTestHost(place, { plugins: [clinic] });
      for (let n = 0; n < CHECKS; n += 1) {
        const config = configOf(`${ward.url}/${n}`);
        await quiet.api.call('POST', '/api/instances', { id: `c-${n}`, plugin: 'clinic', name: `c-${n}`, config });
      }
    }
    await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
    await sql`update instance_health set next_check_at = now() - interval '1 hour'`.execute(store.db);
    const [one, other] = await Promise.all([
      startTestHost(place, { plugins: [clinic], limits: checksOnly }),
      startTestHost(place, { plugins: [clinic], limits: checksOnly }),
    ]);
    await using stack = new AsyncDisposableStack();
    stack.use(one);
    stack.use(other);
    const due = await until(async () => {
      const { rows } = await sql<{ next: Date; epoch: number }>`
        select next_check_at as next, epoch from instance_health where state = 'healthy'`.execute(store.db);
      return rows.length === CHECKS ? rows : undefined;
    }, 150_000);
    expect(new Set(due.map(({ epoch }) => epoch))).toEqual(new Set([1]));
    const calls = ward.calls.filter((call) => call.endsWith('/check'));
    expect(calls.length).toBe(CHECKS);
    expect(new Set(calls).size).toBe(CHECKS);
    expect(ward.peak).toBeLessThanOrEqual(2 * perHost);
    const times = due.map(({ next }) => next.getTime());
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(defaultLimits.health.jitter / 3);
    // Both had a part in it.
    for (const { logs } of [one, other]) expect(logs.some((line) => line.includes('"kind":"check"'))).toBe(true);
  },
);

test('a check whose host stops or dies is done by another one', { timeout: 60_000 }, async () => {
  await using place = await server.open();
  await using ward = await startWard();
  const stopped = await startTestHost(place, { plugins: [clinic], limits: checksOnly });
  ward.slow = 60_000;
  await stopped.api.call('POST', '/api/instances', {
    id: 'c',
    plugin: 'clinic',
    name: 'c',
    config: configOf(ward.url),
  });
  await until(async () => (ward.checks() === 1 ? true : undefined));
  await stopped[Symbol.asyncDispose]();
  await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
  const row = async () => {
    const { rows } = await sql<{ held: boolean; ended: boolean }>`
      select lease_until is not null as held, checked_at is not null as ended from instance_health`.execute(store.db);
    return rows[0];
  };
  // Handed back, and nothing that the stop has caused was taken for a finding.
  expect(await row()).toEqual({ held: false, ended: false });
  // As a host leaves it that was killed: its lease has run out.
  await sql`update instance_health set lease_until = now() + interval '1 second', epoch = epoch + 1`.execute(store.db);
  ward.slow = 0;
  await using next = await startTestHost(place, { plugins: [clinic], limits: checksOnly });
  await inState(next.api, 'c', 'healthy');
  expect(ward.checks()).toBe(2);
});

test('what one host knows of a vendor that has refused, the other knows too', { timeout: 60_000 }, async () => {
  await using place = await server.open();
  await using ward = await startWard();
  await using one = await startTestHost(place, { plugins: [clinic], limits: checksOnly });
  await using other = await startTestHost(place, { plugins: [clinic], limits: checksOnly });
  await one.api.call('POST', '/api/instances', { id: 'c', plugin: 'clinic', name: 'c', config: configOf(ward.url) });
  await inState(one.api, 'c', 'healthy');
  ward.faults.set('*', 401);
  // Neither knows: each finds it out by itself.
  for (const { api } of [other, one]) expect((await api.call('GET', '/api/instances/c/queries/ask')).status).toBe(401);
  await inState(other.api, 'c', 'auth_failed');
  const asked = ward.calls.length;
  for (const { api } of [one, other]) {
    const { status, body } = await api.call<{ detail: string }>('GET', '/api/instances/c/queries/ask');
    expect({ status, detail: body.detail }).toMatchObject({
      status: 401,
      detail: expect.stringMatching(/has refused its credentials.*is asked again in/),
    });
  }
  expect(ward.calls).toHaveLength(asked);
  ward.faults.clear();
  expect((await one.api.call<{ ok: boolean }>('POST', '/api/instances/c/check')).body.ok).toBe(true);
  await until(async () =>
    (await other.api.call('GET', '/api/instances/c/queries/ask')).status === 200 ? true : undefined,
  );
  expect((await healthOf(one.api, 'c')).state).toBe('healthy');
});

describe.each(oneOf)('a host on $name that is started again', (database) => {
  test(
    'knows states, history and repairs, and does not ask a vendor that has refused',
    { timeout: 60_000 },
    async () => {
      await using place = await database.open();
      await using ward = await startWard();
      let before: Health;
      {
        await using first = await startTestHost(place, { plugins: [clinic], limits: checksOnly });
        await first.api.call('POST', '/api/instances', {
          id: 'c',
          plugin: 'clinic',
          name: 'c',
          config: configOf(ward.url),
        });
        await inState(first.api, 'c', 'healthy');
        ward.faults.set('*', 401);
        await first.api.call('GET', '/api/instances/c/queries/ask');
        before = await inState(first.api, 'c', 'auth_failed');
      }
      const asked = ward.calls.length;
      await using again = await startTestHost(place, { plugins: [clinic], limits: checksOnly });
      expect((await again.api.call('GET', '/api/instances/c/queries/ask')).status).toBe(401);
      expect(await healthOf(again.api, 'c')).toEqual(before);
      expect(before.history).toHaveLength(2);
      expect(before.repairs).toHaveLength(1);
      expect(ward.calls).toHaveLength(asked);
    },
  );
});

test(
  'a plugin that does not fit the table of a stream has a repair, until one fits again',
  { timeout: 60_000 },
  async () => {
    await using place = await server.open();
    await using changed = await buildClinic({ text: 'number', version: '2.0.0' });
    const look = async (plugin: TestPlugin) => {
      await using host = await startTestHost(place, { plugins: [plugin] });
      return await repairsOf(host.api, 'plugin=clinic');
    };
    expect(await look(clinic)).toEqual([]);
    const [repair] = await look(changed);
    expect(repair).toMatchObject({
      code: 'stream_changed',
      stream: 'beds',
      instanceId: null,
      detail: expect.stringContaining('column "text"'),
      fix: { method: 'GET', path: '/api/plugins/clinic/streams' },
      closedAt: null,
    });
    expect(await look(clinic)).toMatchObject([{ id: repair?.id, closedWhy: 'the table fits the plugin' }]);
  },
);
