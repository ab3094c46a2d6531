// A plugin's life on one host that is never restarted.
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PluginChange, PluginSummary } from '../../host/src/lifecycle/index.ts';
import { withDatabase } from '../faults/support/invariants.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { server, type TestDatabase } from '../support/databases.ts';
import { quietLimits, startTestHost, type TestHost } from '../support/host.ts';
import { until } from '../support/until.ts';
import { buildRelease, carryOut, type Release, upload } from './releases.ts';

let releases: Record<'one' | 'two' | 'broken' | 'crashing' | 'picky' | 'migrated' | 'counting' | 'faulty', Release>;

beforeAll(async () => {
  const [one, two, broken, crashing, picky, migrated, counting, faulty] = await Promise.all([
    buildRelease('1.0.0'),
    buildRelease('2.0.0', { members: `network: { hosts: ['api.example.com'] },` }),
    buildRelease('3.0.0', { sabotage: `throw new Error('no luck today')` }),
    buildRelease('3.1.0', { check: `process.exit(1);` }),
    buildRelease('3.2.0', {
      check: `if (ctx.config.mode === 'odd') throw new Error('odd'); return { message: 'fine' };`,
    }),
    buildRelease('4.0.0', { migrated: true }),
    // A thread's instances have its global scope in common.
    buildRelease('4.1.0', {
      migrated: true,
      top: `import { VendorError } from '@jackfield/sdk'; const scope = globalThis as { thread?: number };`,
      check: `throw new VendorError('vendor_error', 'thread ' + (scope.thread ??= Math.random()));`,
    }),
    buildRelease('5.0.0', { migrated: true, rows: `throw new Error('bad luck');` }),
  ]);
  releases = { one, two, broken, crashing, picky, migrated, counting, faulty };
}, 60_000);

afterAll(async () => {
  for (const release of Object.values(releases)) await release[Symbol.asyncDispose]();
});

describe.each([server])('a plugin on a host that runs, on $name', ({ open }) => {
  let database: TestDatabase;
  let running: TestHost;

  beforeAll(async () => {
    database = await open();
    const lifecycle = { ...quietLimits.lifecycle, clearing: 200 };
    running = await startTestHost(database, { limits: { pluginLoad: 120_000, lifecycle } });
  }, 60_000);

  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  const api = () => running.api;
  const shift = async (): Promise<PluginSummary> => (await api().call<PluginSummary>('GET', '/api/plugins/shift')).body;
  const which = async (instance = 'acme') => {
    const path = `/api/instances/${instance}/queries/which`;
    const { status, body } = await api().call<{ rows?: { version: string }[]; detail?: string }>('POST', path, {});
    return status === 200 ? body.rows?.[0]?.version : body.detail;
  };

  test('is there after it was planned and confirmed, and not before', async () => {
    expect(await upload(api(), releases.one)).toMatchObject({
      status: 201,
      body: { integrity: releases.one.integrity, name: 'shift', version: '1.0.0' },
    });
    const request = { action: 'add', source: releases.one.integrity };
    const { body: plan } = await api().call<PluginChange>('POST', '/api/plugin-changes', request);
    expect(plan).toMatchObject({ state: 'planned', plugin: 'shift', from: null, to: { version: '1.0.0' } });
    expect(plan.permissions.map(({ text }) => text)).toContain('signs in with the secret "hookSecret"');
    expect((await api().call('GET', '/api/plugins/shift')).status).toBe(404);

    const wrong = await api().call('POST', `/api/plugin-changes/${plan.id}/confirm`, { hash: 'another' });
    expect(wrong).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(await carryOut(api(), request)).toMatchObject({ state: 'done', step: 'flip' });
    expect(await shift()).toMatchObject({ state: 'active', version: '1.0.0' });
    for (const id of ['acme', 'odd']) {
      const config = { hookSecret: 'a-secret-of-hooks', mode: id };
      const made = await api().call('POST', '/api/instances', { id, name: id, plugin: 'shift', config });
      expect(made.status).toBe(201);
    }
    expect(await which()).toBe('1.0.0');
  });

  test('is upgraded when every instance can go along, and says what is new', async () => {
    await upload(api(), releases.two);
    const change = await carryOut(api(), { action: 'upgrade', plugin: 'shift', source: releases.two.integrity });
    expect(change).toMatchObject({
      state: 'done',
      from: { version: '1.0.0' },
      to: { version: '2.0.0' },
      added: [{ text: 'calls api.example.com, without credentials' }],
      grants: { hosts: ['api.example.com'] },
      dependents: { instances: 2, enabledInstances: 2, schedules: 2 },
    });
    expect(change.instances.map(({ instanceId, check }) => [instanceId, check])).toEqual([
      ['acme', 'passed'],
      ['odd', 'passed'],
    ]);
    expect(await which()).toBe('2.0.0');
    expect((await shift()).watchUntil).toBeDefined();
  });

  test.each([
    ['broken', '3.0.0', /does not load/, 'load'],
    ['crashing', '3.1.0', /the check of 2 of 2 instances fails/, 'check'],
    ['picky', '3.2.0', /the check of 1 of 2 instances fails.*instance "odd"/, 'check'],
  ] as const)('never becomes %s, and says why', async (name, version, reason, step) => {
    await upload(api(), releases[name]);
    const request = { action: 'upgrade', plugin: 'shift', source: releases[name].integrity };
    expect(await carryOut(api(), request)).toMatchObject({
      state: 'refused',
      step,
      reason: expect.stringMatching(reason),
    });
    expect(await shift()).toMatchObject({ state: 'active', version: '2.0.0', refused: { version } });
    expect(await which()).toBe('2.0.0');
  });

  test('goes back to the version before', async () => {
    expect(await carryOut(api(), { action: 'rollback', plugin: 'shift' })).toMatchObject({ state: 'done' });
    expect(await which()).toBe('1.0.0');
  });

  test('is out of every room while it is switched off, and all of it is there again', async () => {
    await carryOut(api(), { action: 'disable', plugin: 'shift' });
    expect(await shift()).toMatchObject({ state: 'disabled', version: null });
    expect(await which()).toBe('instance "acme" needs the plugin "shift", which is switched off');
    expect((await api().call<{ streams: unknown[] }>('GET', '/api/plugins/shift/streams')).body.streams).toEqual([]);
    const hook = await api().call('POST', '/api/instances/acme/routes/hook?secret=a-secret-of-hooks', { id: 'x' });
    expect(hook.status).toBe(403);
    await carryOut(api(), { action: 'enable', plugin: 'shift' });
    expect(await which()).toBe('1.0.0');
  });

  test('that was removed is brought back with everything it had', async () => {
    const removal = await carryOut(api(), { action: 'remove', plugin: 'shift' });
    expect(removal).toMatchObject({ state: 'done', dependents: { instances: 2 }, retentionMs: 30 * 86_400_000 });
    expect(await shift()).toMatchObject({ state: 'removed', purgeAt: expect.any(String) });
    expect(await which()).toBe('instance "acme" needs the plugin "shift", which was removed');
    expect(await carryOut(api(), { action: 'restore', plugin: 'shift' })).toMatchObject({ state: 'done' });
    expect(await which()).toBe('1.0.0');
  });

  test('cannot leave one of forty instances behind', async () => {
    for (let index = 2; index < 40; index += 1) {
      const config = { mode: index === 39 ? 'stuck' : 'fine' };
      await api().call('POST', '/api/instances', { id: `i${index}`, name: `I${index}`, plugin: 'shift', config });
    }
    await upload(api(), releases.migrated);
    const request = { action: 'upgrade', plugin: 'shift', source: releases.migrated.integrity };
    const change = await carryOut(api(), request);
    expect(change).toMatchObject({
      ...{ state: 'refused', step: 'migrate', configVersion: { from: 1, to: 2 } },
      reason: expect.stringMatching(/the config of 1 of 40 instances cannot go along: instance "i39"/),
    });
    expect(change.instances.filter(({ config }) => config === 'failed').map(({ instanceId }) => instanceId)).toEqual([
      'i39',
    ]);
    expect(await which()).toBe('1.0.0');
    const { body } = await api().call<{ config: object }>('GET', '/api/instances/i2');
    expect(body.config).toEqual({ mode: 'fine' });

    await api().call('DELETE', '/api/instances/i39');
    expect(await carryOut(api(), request)).toMatchObject({ state: 'done' });
    expect(await which()).toBe('4.0.0');
    expect((await api().call('GET', '/api/instances/i2')).body['config']).toEqual({ way: 'fine' });
  });

  test('is tried out on as many threads as it may have, also when it was tried before', async () => {
    await upload(api(), releases.counting);
    const request = { action: 'upgrade', plugin: 'shift', source: releases.counting.integrity };
    const threads = async (): Promise<Set<string | undefined>> => {
      const { instances, state } = await carryOut(api(), request);
      expect(state).toBe('refused');
      const reasons = instances.map(({ reason }) => /thread [0-9.]+/.exec(reason ?? '')?.[0]);
      expect(reasons).toHaveLength(39);
      return new Set(reasons);
    };
    const [first, again] = [await threads(), await threads()];
    for (const seen of [first, again]) {
      expect(seen).not.toContain(undefined);
      expect(seen.size).toBeLessThanOrEqual(defaultLimits.threadsPerPlugin);
    }
  });

  test('with a release whose runs fail comes back by itself, and says why', async () => {
    await upload(api(), releases.faulty);
    const request = { action: 'upgrade', plugin: 'shift', source: releases.faulty.integrity };
    expect(await carryOut(api(), request)).toMatchObject({ state: 'done', to: { version: '5.0.0' } });
    const status = await until(async () => {
      await which();
      const now = await shift();
      // The row that says so may have been read a moment before the version came back.
      return now.version === '4.0.0' && 'refused' in now ? now : undefined;
    });
    const reason = expect.stringMatching(/5 of 5 runs failed with version 5\.0\.0, 0 % before it/);
    expect(status).toMatchObject({ refused: { version: '5.0.0', reason } });
    expect(await which()).toBe('4.0.0');
    const repairs = await api().call('GET', '/api/repairs?code=release_withdrawn&open=true');
    expect(repairs.body).toMatchObject({ repairs: [{ plugin: 'shift', detail: reason }] });
    // The version is back before the act is over.
    const change = await until(async () => {
      const { body } = await api().call<{ changes: PluginChange[] }>('GET', '/api/plugin-changes?plugin=shift');
      return body.changes[0]?.state === 'running' ? undefined : body.changes[0];
    });
    expect(change).toMatchObject({ action: 'withdraw', state: 'done', actor: null });
  });

  test('has an audit entry for each of these acts', async () => {
    const { body } = await api().call<{ entries: { action: string; entity: { id: string } }[] }>(
      'GET',
      '/api/audit?limit=500',
    );
    const acts = body.entries.filter(({ action }) => action.startsWith('plugin.')).map(({ action }) => action);
    expect(acts.toReversed()).toEqual(
      ['add', 'upgrade', 'rollback', 'disable', 'enable', 'remove', 'restore', 'upgrade', 'upgrade', 'withdraw'].map(
        (act) => `plugin.${act}`,
      ),
    );
  });

  test('that nobody brings back goes with all that it had', async () => {
    await carryOut(api(), { action: 'remove', plugin: 'shift' });
    await withDatabase(database, (db) => sql`update plugin set purge_at = now()`.execute(db));
    await until(async () => ((await api().call('GET', '/api/plugins/shift')).status === 404 ? true : undefined));
    expect((await api().call('GET', '/api/instances')).body).toEqual({ instances: [] });
    const left = await withDatabase(database, (db) =>
      sql`select 1 from information_schema.tables where table_schema = 'shift'`.execute(db),
    );
    expect(left.rows).toEqual([]);
  });
});
