// How the state of an instance follows what happens to it, on a whole host.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { until } from '../support/until.ts';
import { buildClinic, healthOf, inState, quick, repairsOf, startWard, type Health, type Ward } from './clinic.ts';

let clinic: TestPlugin;
beforeAll(async () => {
  clinic = await buildClinic();
});
afterAll(() => clinic[Symbol.asyncDispose]());

describe.each(oneOf)('an instance on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  let ward: Ward;
  let id: string;
  let count = 0;
  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [clinic], limits: quick });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  beforeEach(async ({ onTestFinished }) => {
    ward = await startWard();
    onTestFinished(() => ward.close());
    id = `clinic-${(count += 1)}`;
  });

  const api = () => running.api;
  const create = (): Promise<unknown> => {
    const config = { baseUrl: ward.url, token: 'a-token-of-the-clinic' };
    return api().call('POST', '/api/instances', { id, plugin: 'clinic', name: id, config });
  };
  const state = (wanted: string): Promise<Health> => inState(api(), id, wanted);
  const ask = (params = {}): Promise<{ status: number }> =>
    api().call('POST', `/api/instances/${id}/queries/ask`, { params });
  const steps = ({ history }: Health): string[] => history.map(({ from, to }) => `${from} > ${to}`).toReversed();
  const firstRead = (): Promise<unknown> =>
    until(async () => {
      const { body } = await api().call<{ runs: unknown[] }>('GET', `/api/runs?instance=${id}&state=succeeded`);
      return body.runs[0];
    });
  const open = async (): Promise<string[]> =>
    (await repairsOf(api(), `instance=${id}&open=true`)).map(({ code }) => code);

  test('is checked by itself when it is new, and again after its interval', async () => {
    await create();
    const health = await state('healthy');
    expect(health).toMatchObject({
      enabled: true,
      why: null,
      lastCheck: { ok: true, message: 'all is well' },
      everyMs: 600_000,
      expires: [],
      repairs: [],
    });
    expect(steps(health)).toEqual(['unknown > healthy']);
    const pause = Date.parse(health.nextCheckAt ?? '') - Date.parse(health.lastCheck?.at ?? '');
    expect(pause).toBeGreaterThanOrEqual(600_000);
    expect(pause).toBeLessThanOrEqual(660_000);
    expect(ward.checks()).toBe(1);
    const { body } = await api().call<{ instances: { id: string; health: string }[] }>('GET', '/api/instances');
    expect(body.instances.find((one) => one.id === id)?.health).toBe('healthy');
  });

  test('is degraded while its check fails, is tried again soon, and nobody has to repair it', async () => {
    ward.faults.set('/check', 500);
    await create();
    const ill = await state('degraded');
    expect(ill.why).toMatchObject({ code: 'vendor_error', detail: expect.stringContaining('500') });
    expect(ill.lastCheck).toMatchObject({ ok: false, code: 'vendor_error' });
    ward.faults.clear();
    const well = await state('healthy');
    expect(steps(well)).toEqual(['unknown > degraded', 'degraded > healthy']);
    expect(await repairsOf(api(), `instance=${id}`)).toEqual([]);
  });

  test('whose credentials are refused is asked once, and healthy again when new ones are set', async () => {
    ward.faults.set('*', 401);
    await create();
    const refused = await state('auth_failed');
    expect(refused.repairs).toEqual([
      expect.objectContaining({
        code: 'auth_failed',
        plugin: 'clinic',
        instanceId: id,
        detail: expect.stringContaining('401'),
        fix: { method: 'PATCH', path: `/api/instances/${id}`, text: expect.stringContaining('credentials') },
        closedAt: null,
      }),
    ]);
    // By its check or by its first read, whichever was first.
    expect(ward.calls).toHaveLength(1);
    ward.faults.clear();
    await api().call('PATCH', `/api/instances/${id}`, { config: { token: 'another-token-of-the-clinic' } });
    const well = await state('healthy');
    expect(steps(well)).toEqual(['unknown > auth_failed', 'auth_failed > healthy']);
    expect(await repairsOf(api(), `instance=${id}`)).toEqual([
      expect.objectContaining({ closedAt: expect.any(String), closedWhy: 'the vendor has accepted the credentials' }),
    ]);
  });

  test('that a query finds refused is so at once, and waits longer for its next check', async () => {
    await create();
    await state('healthy');
    ward.faults.set('*', 401);
    expect((await ask()).status).toBe(401);
    const refused = await state('auth_failed');
    expect(refused.why).toMatchObject({ code: 'auth_failed', detail: expect.stringContaining('401') });
    expect(await open()).toEqual(['auth_failed']);
    const asked = ward.calls.length;
    // Somebody wants to know: refused again, and the next check by itself comes later than usual.
    await api().call('POST', `/api/instances/${id}/check`);
    await api().call('POST', `/api/instances/${id}/check`);
    const { nextCheckAt, lastCheck } = await healthOf(api(), id);
    const pause = Date.parse(nextCheckAt ?? '') - Date.parse(lastCheck?.at ?? '');
    expect(pause).toBeGreaterThanOrEqual(2 * defaultLimits.health.every);
    expect(ward.calls).toHaveLength(asked + 2);
    ward.faults.clear();
    await api().call('POST', `/api/instances/${id}/check`);
    expect(await healthOf(api(), id)).toMatchObject({ state: 'healthy', repairs: [] });
  });

  test('on which its plugin crashes three times is quarantined, and well again when a check has passed', async () => {
    await create();
    await state('healthy');
    // A run that begins when the pause is over and ends well ends the quarantine: here only the check does.
    await firstRead();
    ward.faults.set('/check', 500);
    for (let crash = 0; crash < 3; crash += 1) await ask({ crash: true });
    const paused = await state('quarantined');
    expect(paused.why).toMatchObject({ code: 'plugin_crashed', detail: expect.stringContaining('crashed 3 times') });
    expect(paused.repairs).toMatchObject([{ code: 'quarantined', fix: { path: `/api/instances/${id}/check` } }]);
    // A check that is not started in the pause leaves nothing behind that the next one would wait for.
    await api().send('POST', `/api/instances/${id}/check`);
    ward.faults.clear();
    const well = await state('healthy');
    expect(steps(well)).toEqual(['unknown > healthy', 'healthy > quarantined', 'quarantined > healthy']);
    expect(await open()).toEqual([]);
  });

  test('is degraded while one of its streams keeps failing, although its check passes', async () => {
    ward.faults.set('/stream', 500);
    await create();
    const ill = await state('degraded');
    expect(ill.why).toMatchObject({
      code: 'vendor_error',
      detail: expect.stringMatching(/^stream "beds" has failed \d/),
    });
    expect(ill.lastCheck).toMatchObject({ ok: true });
    ward.faults.clear();
    await api().call('POST', `/api/instances/${id}/sync-jobs/beds/run`);
    await state('healthy');
  });

  test('with a stream that waits for a person says who has to do what, until it is done', async () => {
    ward.faults.set('/stream', 403);
    await create();
    const ill = await until(async () => {
      const health = await healthOf(api(), id);
      return health.repairs.length > 0 && health.state === 'degraded' ? health : undefined;
    });
    const path = `/api/instances/${id}/sync-jobs/beds`;
    expect(ill.why?.detail).toContain('stream "beds" waits for a person');
    expect(ill.repairs).toMatchObject([{ code: 'sync_paused', stream: 'beds', fix: { method: 'PATCH', path } }]);
    ward.faults.clear();
    const { method, path: where } = ill.repairs[0]?.fix ?? { method: '', path: '' };
    expect((await api().call(method, where, { enabled: true })).status).toBe(200);
    await state('healthy');
    expect(await repairsOf(api(), `instance=${id}`)).toMatchObject([{ closedWhy: 'the job goes on' }]);
  });

  test('that is switched off is not checked, needs no repair, and is checked when it is switched on', async () => {
    ward.faults.set('/check', 403);
    await create();
    await state('degraded');
    expect(await open()).toEqual(['permission_denied']);
    await api().call('PATCH', `/api/instances/${id}`, { enabled: false });
    const off = await state('unknown');
    expect(off).toMatchObject({ enabled: false, why: { code: 'disabled' }, nextCheckAt: null, lastCheck: null });
    const [closed] = await repairsOf(api(), `instance=${id}`);
    expect(closed).toMatchObject({ closedWhy: 'the instance is switched off' });
    const asked = ward.checks();
    ward.faults.clear();
    // Others are checked meanwhile: it was not forgotten, but left alone.
    id = `${id}-other`;
    await create();
    await state('healthy');
    id = id.replace('-other', '');
    expect(ward.checks()).toBe(asked + 1);
    await api().call('PATCH', `/api/instances/${id}`, { enabled: true });
    await state('healthy');
  });

  test('keeps so many changes of its state and no more, and takes all of it along when it is deleted', async () => {
    await create();
    await state('healthy');
    for (let turn = 0; turn < 4; turn += 1) {
      ward.faults.set('/check', 403);
      await api().call('POST', `/api/instances/${id}/check`);
      ward.faults.clear();
      await api().call('POST', `/api/instances/${id}/check`);
    }
    const { history } = await healthOf(api(), id);
    expect(history).toHaveLength(6);
    expect(history[0]).toMatchObject({ from: 'degraded', to: 'healthy' });
    await api().call('DELETE', `/api/instances/${id}`);
    expect((await api().call('GET', `/api/instances/${id}/health`)).status).toBe(404);
    expect(await repairsOf(api(), `instance=${id}`)).toEqual([]);
    await create();
    expect(steps(await state('healthy'))).toEqual(['unknown > healthy']);
  });

  test('is checked as often as somebody says', async () => {
    await create();
    await state('healthy');
    const set = (everyMs: number | null) => api().call<Health>('PATCH', `/api/instances/${id}/health`, { everyMs });
    const { body } = await set(120_000);
    expect(body.everyMs).toBe(120_000);
    expect(Date.parse(body.nextCheckAt ?? '') - Date.now()).toBeLessThanOrEqual(120_000);
    expect((await set(1000)).status).toBe(400);
    expect((await set(null)).body.everyMs).toBe(600_000);
  });

  test('whose config changes during a check is not judged by what that check found', async () => {
    await create();
    await state('healthy');
    ward.slow = 500;
    ward.faults.set('/check', 500);
    const slow = api().call<{ ok: boolean }>('POST', `/api/instances/${id}/check`);
    await until(async () => (ward.checks() === 2 ? true : undefined));
    const asked = ward.checks();
    await api().call('PATCH', `/api/instances/${id}`, { config: { label: 'new' } });
    ward.faults.clear();
    ward.slow = 0;
    expect((await slow).body.ok).toBe(false);
    await until(async () => (ward.checks() > asked ? true : undefined));
    expect(steps(await state('healthy'))).toEqual(['unknown > healthy']);
  });

  test('is found by its repairs, page by page', async () => {
    const names = [1, 2, 3].map((n) => `${id}-${n}`);
    await api().call('POST', '/api/clients', { id, name: id });
    ward.faults.set('/check', 403);
    for (const name of names) {
      const config = { baseUrl: ward.url, token: 'a-token-of-the-clinic' };
      await api().call('POST', '/api/instances', { id: name, plugin: 'clinic', name, config, clientId: id });
    }
    await until(async () => ((await repairsOf(api(), `client=${id}&open=true`)).length === 3 ? true : undefined));
    const page = async (after?: string) => {
      const query = `client=${id}&limit=2${after === undefined ? '' : `&after=${after}`}`;
      return (await api().call<{ repairs: { id: string }[]; next: string | null }>('GET', `/api/repairs?${query}`))
        .body;
    };
    const first = await page();
    const second = await page(first.next ?? '');
    expect([first.repairs.length, second.repairs.length, second.next]).toEqual([2, 1, null]);
    const ids = [...first.repairs, ...second.repairs].map((repair) => Number(repair.id));
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => b - a));
    expect((await api().call('GET', `/api/repairs/${ids[0]}`)).body).toMatchObject({ code: 'permission_denied' });
    expect(await repairsOf(api(), `client=${id}&code=auth_failed`)).toEqual([]);
    expect((await api().call('GET', '/api/repairs?code=nonsense')).status).toBe(400);
    for (const wrong of ['x', '99999999999999999999', '1;drop table repair'])
      expect((await api().call('GET', `/api/repairs/${encodeURIComponent(wrong)}`)).status).toBe(404);
  });
});
