// Several hosts, and hosts that die: whatever happens, one issue for each reminder.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import type { ReminderView } from '../../host/src/reminders/index.ts';
import { openStore } from '../../host/src/store/index.ts';
import { oneOf, server } from '../support/databases.ts';
import { startHostProcess, type HostProcess } from '../support/host-process.ts';
import { silentLog } from '../support/log.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { openDesk, timeAt, until } from './desk.ts';
import { buildTracker, startTracker } from './tracker.ts';

const CONTRACTS = process.env['JACKFIELD_TEST_SCALE'] === 'full' ? 200 : 30;

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await buildTracker();
});
afterAll(() => plugin[Symbol.asyncDispose]());

test(`two hosts on one database send each of ${CONTRACTS} reminders once`, { timeout: 120_000 }, async () => {
  await using place = await server.open();
  await using tracker = await startTracker();
  const time = timeAt('2026-03-01T12:00:00Z');
  await using one = await openDesk(place, plugin, time);
  await using other = await openDesk(place, plugin, time);
  await one.addClient('acme');
  await one.addInstance('ops', tracker.url);
  const lines = Array.from({ length: CONTRACTS }, (_, n) => `acme,C${n},2026-03-31`);
  const csv = { headers: { 'content-type': 'text/csv' } };
  await one.api.send('POST', '/api/contracts/import', ['client,contract,ends_on', ...lines].join('\n'), csv);
  const reports = await Promise.all([one.tick(), other.tick(), one.tick(), other.tick()]);
  expect(reports.reduce((sum, { done }) => sum + done, 0)).toBe(CONTRACTS);
  expect(reports.filter(({ done }) => done > 0).length, 'one host did everything').toBeGreaterThan(1);
  expect(tracker.issues).toHaveLength(CONTRACTS);
  expect(new Set(tracker.issues.map(({ mark }) => mark)).size).toBe(CONTRACTS);
  const done = await other.reminders('?state=done&limit=1000');
  expect(done.every(({ attempts }) => attempts === 1)).toBe(true);
  expect(new Set(done.map(({ reference }) => reference)).size).toBe(CONTRACTS);
});

test('a reminder that one host is sending is left alone by another until its lease is over', async () => {
  await using place = await server.open();
  await using tracker = await startTracker();
  const time = timeAt('2026-03-01T12:00:00Z');
  await using one = await openDesk(place, plugin, time);
  await using other = await openDesk(place, plugin, time);
  await one.addClient('acme');
  await one.addInstance('ops', tracker.url);
  await one.addContract('acme', 'SOC', '2026-03-31');
  const created = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  tracker.after = async () => {
    created.resolve();
    await answer.promise;
  };
  const sending = one.tick();
  await created.promise;
  expect(await other.tick()).toMatchObject({ done: 0, failed: 0 });
  expect(await other.reminders('?state=claimed')).toHaveLength(1);
  // The first host hangs for longer than its lease: the second takes over, and finds what the first has made.
  time.advance(defaultLimits.reminders.lease);
  expect(await other.tick()).toMatchObject({ done: 1 });
  answer.resolve();
  await sending;
  expect(tracker.issues).toHaveLength(1);
  expect(await one.reminders('?state=done')).toMatchObject([{ reference: 'T-1', attempts: 2 }]);
});

describe.each(oneOf)('on $name', (database) => {
  test('a host that is killed between the issue and the ledger makes no second one', { timeout: 90_000 }, async () => {
    await using place = await database.open();
    await using tracker = await startTracker();
    const created = Promise.withResolvers<void>();
    tracker.after = (_issue, _response) => {
      created.resolve();
      return new Promise<void>(() => undefined);
    };
    {
      await using running = await startHostProcess(place, { plugins: [plugin] });
      await prepare(running, tracker.url);
      running.api.send('POST', '/api/reminders/run').catch(() => undefined);
      await created.promise;
      running.child.kill('SIGKILL');
      expect(await running.exited).toEqual([null, 'SIGKILL']);
    }
    tracker.after = () => undefined;
    {
      await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
      const { rows } = await sql`select state, attempts from reminder where state <> 'skipped'`.execute(store.db);
      expect(rows, 'it was killed too late').toEqual([{ state: 'claimed', attempts: 1 }]);
      await sql`update reminder set claimed_until = now() where state = 'claimed'`.execute(store.db);
    }
    await using again = await startHostProcess(place, { plugins: [plugin] });
    await again.api.call('POST', '/api/reminders/run');
    const sent = async (): Promise<readonly ReminderView[]> =>
      (await again.api.call<{ reminders: ReminderView[] }>('GET', '/api/reminders?state=done')).body.reminders;
    await until(async () => (await sent()).length === 1);
    expect(await sent()).toMatchObject([{ reference: 'T-1', attempts: 2 }]);
    expect(tracker.issues).toHaveLength(1);
  });
});

/** A client with an instance and a contract that ends in 20 days. */
async function prepare({ api }: HostProcess, url: string): Promise<void> {
  const endsOn = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  await api.call('POST', '/api/clients', { id: 'acme', name: 'Acme' });
  const config = { baseUrl: url, project: 'OPS' };
  await api.call('POST', '/api/instances', { id: 'ops', plugin: 'tracker', name: 'Ops', config });
  await api.call('POST', '/api/clients/acme/contracts', { name: 'SOC', endsOn });
}
