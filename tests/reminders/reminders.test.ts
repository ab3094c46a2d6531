import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { openDesk, timeAt, until, type Desk, type Time } from './desk.ts';
import { buildTracker, startTracker, type Tracker } from './tracker.ts';

const HOUR = 3_600_000;
const NOTHING = { recorded: 0, done: 0, failed: 0, waiting: 0 };

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await buildTracker();
});
afterAll(() => plugin[Symbol.asyncDispose]());

describe.each(oneOf)('reminders on $name', (database) => {
  let place: TestDatabase;
  let tracker: Tracker;
  let time: Time;
  let desk: Desk;
  /** One host for all tests that do not end it: what a test made is deleted after it. */
  let shared: Desk;
  beforeAll(async () => {
    place = await database.open();
    time = timeAt('2026-03-01T12:00:00Z');
    shared = await openDesk(place, plugin, time);
  });
  afterAll(async () => {
    await shared[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    tracker = await startTracker();
    time.set('2026-03-01T12:00:00Z');
    desk = shared;
    await desk.addClient('acme');
  });
  afterEach(async () => {
    if (desk !== shared) {
      await desk[Symbol.asyncDispose]();
      shared = await openDesk(place, plugin, time);
    }
    await shared.clear();
    await tracker[Symbol.asyncDispose]();
  });

  test('each threshold makes one issue on its day, and none twice', async () => {
    await desk.addInstance('ops', tracker.url);
    await desk.addContract('acme', 'SOC', '2026-06-01');
    const days = { '03-03': 90, '04-02': 60, '05-02': 30, '05-18': 14, '05-25': 7, '05-31': 1 };
    for (const [day, threshold] of Object.entries(days)) {
      time.set(`2026-${day}T00:00:00Z`);
      time.advance(-1);
      expect(await desk.tick()).toEqual(NOTHING);
      time.advance(1);
      expect(await desk.tick()).toEqual({ ...NOTHING, recorded: 1, done: 1 });
      expect(tracker.thresholds().at(-1)).toBe(threshold);
      expect(await desk.tick()).toEqual(NOTHING);
    }
    expect(tracker.issues).toHaveLength(6);
    expect(tracker.issues[2]).toMatchObject({
      project: 'OPS',
      event: { daysBefore: 30, daysLeft: 30, contract: { name: 'SOC', endsOn: '2026-06-01' }, client: { id: 'acme' } },
    });
    const ledger = await desk.reminders('?client=acme');
    expect(ledger.map(({ daysBefore, state, reference }) => [daysBefore, state, reference])).toEqual([
      [1, 'done', 'T-6'],
      [7, 'done', 'T-5'],
      [14, 'done', 'T-4'],
      [30, 'done', 'T-3'],
      [60, 'done', 'T-2'],
      [90, 'done', 'T-1'],
    ]);
    expect(ledger[0]).toMatchObject({ instanceId: 'ops', url: 'https://tracker.example/T-6', attempts: 1, code: null });
    expect(new Set(tracker.issues.map(({ mark }) => mark))).toEqual(new Set(ledger.map(({ key }) => key)));
  });

  test('days that no host saw are caught up, every one of them', async () => {
    await desk.addInstance('ops', tracker.url);
    await desk.addContract('acme', 'SOC', '2026-06-01');
    await desk.tick();
    await desk[Symbol.asyncDispose]();
    time.set('2026-05-20T08:00:00Z');
    desk = await openDesk(place, plugin, time);
    await until(() => tracker.issues.length >= 4);
    await desk.tick();
    expect(tracker.thresholds().toSorted((a, b) => b - a)).toEqual([90, 60, 30, 14]);
    expect(tracker.issues.every(({ event }) => event.daysLeft === 12)).toBe(true);
  });

  test('a contract that becomes known late gets the nearest threshold that has passed, and those that come', async () => {
    await desk.addInstance('ops', tracker.url);
    await desk.addContract('acme', 'In 20 days', '2026-03-21');
    await desk.addContract('acme', 'In 14 days', '2026-03-15');
    await desk.addContract('acme', 'Today', '2026-03-01');
    await desk.addContract('acme', 'Yesterday', '2026-02-28');
    await desk.addContract('acme', 'In 91 days', '2026-05-31');
    expect(await desk.tick()).toMatchObject({ recorded: 3 + 4 + 6, done: 3, failed: 0 });
    expect(tracker.thresholds().toSorted((a, b) => a - b)).toEqual([1, 14, 30]);
    const skipped = await desk.reminders('?state=skipped');
    expect(new Set(skipped.map(({ code }) => code))).toEqual(new Set(['passed_before_known']));
    time.set('2026-03-07T12:00:00Z');
    await desk.tick();
    expect(
      tracker
        .thresholds()
        .slice(3)
        .toSorted((a, b) => a - b),
    ).toEqual([14, 90]);
  });

  test('a day is a day of the client, on both sides of the date line', async () => {
    await desk.addInstance('ops', tracker.url);
    await desk.addClient('kiritimati', 'Pacific/Kiritimati');
    await desk.addClient('pago-pago', 'Pacific/Pago_Pago');
    for (const client of ['kiritimati', 'pago-pago']) await desk.addContract(client, client, '2026-04-10');
    const made = async (at: string): Promise<string[]> => {
      const before = tracker.issues.length;
      time.set(at);
      await desk.tick();
      return tracker.issues.slice(before).map(({ event }) => event.contract.name);
    };
    // 30 days before is March 11: it begins at 10:00Z on the 10th at UTC+14, and at 11:00Z on the 11th at UTC-11.
    await made('2026-03-10T09:59:00Z');
    expect(await made('2026-03-10T10:00:00Z')).toEqual(['kiritimati']);
    expect(await made('2026-03-11T10:59:00Z')).toEqual([]);
    expect(await made('2026-03-11T11:00:00Z')).toEqual(['pago-pago']);
    // The last day is over at UTC+14 while it has just begun at UTC-11.
    time.set('2026-04-10T10:30:00Z');
    await desk.tick();
    const left = tracker.issues.slice(4).map(({ event: { contract, daysLeft, daysBefore } }) => {
      return `${contract.name}: ${daysBefore}, ${daysLeft} left`;
    });
    expect(new Set(left)).toEqual(new Set([14, 7, 1].map((daysBefore) => `pago-pago: ${daysBefore}, 1 left`)));
    expect(await desk.reminders('?client=kiritimati&state=pending')).toEqual([]);
  });

  test.each([
    ['30 days before a day in March', '2028-03-30', '2028-02-29', 30],
    ['the day before March 1', '2028-03-01', '2028-02-29', 1],
    ['7 days before its own', '2028-02-29', '2028-02-22', 7],
    ['30 days before a day in March of a year without one', '2027-03-30', '2027-02-28', 30],
  ])('a leap day is a day: %s', async (_what, endsOn, day, threshold) => {
    await desk.addInstance('ops', tracker.url);
    time.set(`${day}T00:00:00Z`);
    time.advance(-1);
    await desk.addContract('acme', 'SOC', endsOn);
    await desk.tick();
    expect(tracker.thresholds()).not.toContain(threshold);
    time.advance(1);
    await desk.tick();
    expect(tracker.thresholds().at(-1)).toBe(threshold);
  });

  test('a contract whose end moves is reminded of anew, and no longer of the old end', async () => {
    await desk.addInstance('ops', tracker.url);
    const path = await desk.addContract('acme', 'SOC', '2026-04-10');
    await desk.tick();
    expect(tracker.thresholds()).toEqual([60]);
    time.set('2026-03-11T12:00:00Z');
    tracker.before = (response) => response.writeHead(500).end();
    await desk.tick();
    expect((await desk.reminders('?state=failed')).map(({ daysBefore }) => daysBefore)).toEqual([30]);
    tracker.before = () => undefined;
    await desk.api.call('PATCH', path, { endsOn: '2026-05-10' });
    await desk.tick();
    time.set('2026-03-12T12:00:00Z');
    await desk.tick();
    const of = async (endsOn: string): Promise<unknown[]> =>
      (await desk.reminders())
        .filter((reminder) => reminder.endsOn === endsOn)
        .map(({ daysBefore, state, code }) => [daysBefore, state, code]);
    expect(await of('2026-04-10')).toEqual([
      [30, 'skipped', 'contract_moved'],
      [60, 'done', null],
      [90, 'skipped', 'passed_before_known'],
    ]);
    expect(await of('2026-05-10')).toEqual([
      [60, 'done', null],
      [90, 'skipped', 'passed_before_known'],
    ]);
    expect(tracker.issues.map(({ event }) => event.contract.endsOn)).toEqual(['2026-04-10', '2026-05-10']);
    // Back again: what was sent stays sent, what was dropped is due again.
    await desk.api.call('PATCH', path, { endsOn: '2026-04-10' });
    await desk.tick();
    expect(tracker.thresholds()).toEqual([60, 60, 30]);
  });

  test('an answer that is lost makes no second issue', async () => {
    await desk.addInstance('ops', tracker.url);
    await desk.addContract('acme', 'SOC', '2026-03-31');
    let lost = 0;
    tracker.after = (_issue, response) => {
      lost += 1;
      response.destroy();
    };
    expect(await desk.tick()).toMatchObject({ done: 0, failed: 1 });
    expect(lost).toBe(1);
    expect(await desk.reminders('?state=failed')).toMatchObject([
      { daysBefore: 30, code: 'vendor_unavailable', attempts: 1 },
    ]);
    expect(await desk.tick(), 'it waits before it tries again').toEqual(NOTHING);
    time.advance(HOUR);
    expect(await desk.tick()).toMatchObject({ done: 1, failed: 0 });
    expect(await desk.reminders('?state=done')).toMatchObject([{ reference: 'T-1', attempts: 2, code: null }]);
    expect(tracker.issues).toHaveLength(1);
  });

  test('failures are tried again after pauses that grow, until the vendor is back', async () => {
    await desk.addInstance('ops', tracker.url);
    await desk.addContract('acme', 'SOC', '2026-03-31');
    tracker.before = (response) => response.writeHead(503).end();
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      expect(await desk.tick()).toMatchObject({ failed: 1 });
      const [reminder] = await desk.reminders('?state=failed');
      expect(reminder?.attempts).toBe(attempt);
      const next = Date.parse(reminder?.nextTryAt ?? '');
      pauses.push((next - time.now) / 60_000);
      time.now = next - 1;
      expect(await desk.tick()).toMatchObject({ failed: 0, done: 0 });
      time.now = next;
    }
    for (const [at, minutes] of [1, 2, 4, 8, 16, 32].entries()) {
      expect(pauses[at]).toBeGreaterThanOrEqual(minutes * 0.8);
      expect(pauses[at]).toBeLessThanOrEqual(minutes * 1.2);
    }
    tracker.before = () => undefined;
    expect(await desk.tick()).toMatchObject({ done: 1 });
    expect(tracker.issues).toHaveLength(1);
  });

  test('credentials that are refused are not tried for every contract, and new ones are tried at once', async () => {
    await desk.addInstance('ops', tracker.url);
    for (let n = 0; n < 10; n += 1) await desk.addContract('acme', `C${n}`, '2026-03-31');
    tracker.before = (response) => response.writeHead(401).end();
    await desk.tick();
    await desk.tick();
    time.advance(5 * HOUR);
    await desk.tick();
    const tried = tracker.vendor.calls.filter((call) => call.startsWith('POST')).length;
    expect(tried).toBeGreaterThan(0);
    expect(tried).toBeLessThanOrEqual(2);
    expect((await desk.reminders('?state=failed')).every(({ code }) => code === 'auth_failed')).toBe(true);
    tracker.before = () => undefined;
    await desk.api.call('PATCH', '/api/instances/ops', { config: { token: 'a-new-token' } });
    expect(await desk.tick()).toMatchObject({ done: 10, failed: 0 });
    expect(tracker.issues).toHaveLength(10);
  });

  test('they wait for an instance that can send them, and say so', async () => {
    await desk.addClient('other');
    await desk.addContract('acme', 'SOC', '2026-03-31');
    await desk.addInstance('foreign', tracker.url, { clientId: 'other' });
    await desk.addInstance('off', tracker.url, { enabled: false });
    await desk.addInstance('unconfigured', tracker.url, {}, {});
    expect(await desk.tick()).toMatchObject({ done: 0, waiting: 1 });
    const [waiting] = await desk.reminders('?state=pending');
    expect(waiting).toMatchObject({ code: 'no_instance', detail: expect.stringContaining('tracker with project') });
    await desk.addInstance('own', tracker.url, { clientId: 'acme' });
    expect(await desk.tick()).toMatchObject({ done: 1, waiting: 0 });
    expect(await desk.reminders('?state=done')).toMatchObject([{ instanceId: 'own', code: null, detail: null }]);
  });

  test("the client's own instance sends them, else one of no client, the lowest id first", async () => {
    await desk.addClient('other');
    await desk.addInstance('a-common', tracker.url, {}, { project: 'COMMON-A' });
    await desk.addInstance('b-common', tracker.url, {}, { project: 'COMMON-B' });
    await desk.addInstance('z-own', tracker.url, { clientId: 'acme' }, { project: 'OWN-Z' });
    await desk.addInstance('y-own', tracker.url, { clientId: 'acme' }, { project: 'OWN-Y' });
    await desk.addContract('acme', 'Theirs', '2026-03-31');
    await desk.addContract('other', 'Nobody’s', '2026-03-31');
    await desk.tick();
    const made = tracker.issues.map(({ project, event }) => `${event.contract.name}: ${project}`);
    expect(made.toSorted()).toEqual(['Nobody’s: COMMON-A', 'Theirs: OWN-Y']);
  });

  test('one whose answer was lost stays with the instance that may have it', async () => {
    await desk.addInstance('common', tracker.url);
    await desk.addContract('acme', 'SOC', '2026-03-31');
    tracker.after = (_issue, response) => void response.destroy();
    await desk.tick();
    tracker.after = () => undefined;
    await using elsewhere = await startTracker();
    await desk.addInstance('own', elsewhere.url, { clientId: 'acme' });
    time.advance(HOUR);
    expect(await desk.tick()).toMatchObject({ done: 1 });
    expect([tracker.issues.length, elsewhere.issues.length]).toEqual([1, 0]);
  });

  test('a host that stops hands back what it was doing, and another finishes it', async () => {
    await desk.addInstance('ops', tracker.url);
    await desk.addContract('acme', 'SOC', '2026-03-31');
    const created = Promise.withResolvers<void>();
    const never = new Promise<void>(() => undefined);
    tracker.after = async () => {
      created.resolve();
      await never;
    };
    const ticking = desk.tick();
    await created.promise;
    await Promise.all([ticking, desk[Symbol.asyncDispose]()]);
    expect(await ticking).toMatchObject({ done: 0, failed: 0 });
    tracker.after = () => undefined;
    desk = await openDesk(place, plugin, time);
    await desk.tick();
    expect(await desk.reminders()).toMatchObject([{ state: 'done', reference: 'T-1', attempts: 2 }, {}, {}]);
    expect(tracker.issues).toHaveLength(1);
  });

  test('the tick comes by itself', async () => {
    await desk[Symbol.asyncDispose]();
    desk = await openDesk(place, plugin, time, { tick: 50 });
    await desk.addInstance('ops', tracker.url);
    await desk.addContract('acme', 'SOC', '2026-03-31');
    await until(() => tracker.issues.length === 1);
    time.set('2026-03-17T12:00:00Z');
    await until(() => tracker.issues.length === 2);
    expect(tracker.thresholds()).toEqual([30, 14]);
  });

  test('the ledger is read in pages, by client, contract and state', async () => {
    await desk.addClient('other');
    const path = await desk.addContract('acme', 'A', '2026-03-31');
    await desk.addContract('other', 'B', '2026-03-02');
    await desk.tick();
    expect((await desk.reminders('?client=other')).map(({ daysBefore }) => daysBefore)).toEqual([1, 7, 14, 30, 60, 90]);
    const contract = path.split('/').at(-1);
    expect(await desk.reminders(`?contract=${contract}&state=pending`)).toMatchObject([
      { daysBefore: 30, clientId: 'acme' },
    ]);
    const all = await desk.reminders();
    const paged: unknown[] = [];
    for (let query = '?limit=4'; query !== '';) {
      const { body } = await desk.api.call<{ reminders: unknown[]; next: number | null }>(
        'GET',
        `/api/reminders${query}`,
      );
      paged.push(...body.reminders);
      query = body.next === null ? '' : `?limit=4&before=${body.next}`;
    }
    expect(paged).toEqual(all);
    expect(all).toHaveLength(9);
    await expectProblem(await desk.api.send('GET', '/api/reminders?state=lost'), 400, 'params_invalid');
  });

  test('one is tried again on demand, unless there is nothing to try', async () => {
    await desk.addInstance('ops', tracker.url);
    const path = await desk.addContract('acme', 'SOC', '2026-03-31');
    tracker.before = (response) => response.writeHead(403).end();
    await desk.tick();
    tracker.before = () => undefined;
    const [failed] = await desk.reminders('?state=failed');
    expect(failed).toMatchObject({ code: 'permission_denied' });
    const retry = (id: number | undefined) => desk.api.send('POST', `/api/reminders/${id}/retry`);
    const answer = await retry(failed?.id);
    expect(await answer.json()).toMatchObject({ id: failed?.id, state: 'pending', code: null, nextTryAt: null });
    expect(await desk.tick()).toMatchObject({ done: 1 });
    const done = await expectProblem(await retry(failed?.id), 409, 'conflict');
    expect(done.detail).toContain('T-1');
    const [skipped] = await desk.reminders('?state=skipped');
    expect((await retry(skipped?.id)).status).toBe(200);
    expect(await desk.tick()).toMatchObject({ done: 1 });
    expect(tracker.thresholds()).toEqual([30, skipped?.daysBefore]);
    await desk.api.call('PATCH', path, { endsOn: '2027-01-01' });
    const [other] = await desk.reminders('?state=skipped');
    await expectProblem(await retry(other?.id), 409, 'conflict');
    await expectProblem(await retry(2_000_000_000), 404, 'not_found');
    await expectProblem(await desk.api.send('POST', '/api/reminders/x/retry'), 400, 'params_invalid');
  });

  test('a reminder goes with its contract, and without a plugin for it nothing is recorded', async () => {
    const path = await desk.addContract('acme', 'SOC', '2026-03-31');
    await desk.tick();
    expect(await desk.reminders()).toHaveLength(3);
    await desk.api.call('DELETE', path);
    expect(await desk.reminders()).toEqual([]);
    await desk[Symbol.asyncDispose]();
    desk = await openDesk(place, undefined, time);
    await desk.addContract('acme', 'Other', '2026-03-31');
    expect(await desk.tick()).toEqual(NOTHING);
  });
});
