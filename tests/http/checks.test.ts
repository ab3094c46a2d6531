import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { json, startVendor } from '../support/vendor.ts';

const TOKEN = 'canary-token-2c9d';

interface Report {
  readonly ok: boolean;
  readonly message: string;
  readonly elapsedMs: number;
  readonly vendorCalls: number;
  readonly problem?: { readonly code: string; readonly next: string };
}

let desk: TestPlugin;
beforeAll(async () => {
  desk = await buildDesk();
});
afterAll(() => desk[Symbol.asyncDispose]());

describe.each(oneOf)('a check on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  const create = (id: string, baseUrl: string) =>
    running.api.call('POST', '/api/instances', { id, plugin: 'desk', name: id, config: { baseUrl, token: TOKEN } });
  const draft = (body: object) => running.api.call<Report>('POST', '/api/instances/check', body);
  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [desk] });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test('of a saved instance signs in and tells what it found', async () => {
    await using vendor = await startVendor(json({ name: 'the bot' }));
    await create('fine', vendor.url);
    const { status, body } = await running.api.call<Report>('POST', '/api/instances/fine/check');
    expect(status).toBe(200);
    expect(body).toEqual({ ok: true, message: 'signed in as the bot', elapsedMs: expect.any(Number), vendorCalls: 1 });
    expect(vendor.calls).toEqual(['GET /me']);
    expect(vendor.authorizations).toEqual([`Bearer ${TOKEN}`]);
  });

  test('that is refused by the vendor names the code and what to do, after one call', async () => {
    await using vendor = await startVendor(json({ error: 'no' }, 401));
    await create('refused', vendor.url);
    const { status, body } = await running.api.call<Report>('POST', '/api/instances/refused/check');
    expect(status).toBe(200);
    expect(body).toMatchObject({ ok: false, message: '/me answered 401', vendorCalls: 1 });
    expect(body.problem).toMatchObject({ code: 'auth_failed', next: expect.stringContaining('credentials') });
    expect(vendor.calls).toHaveLength(1);
  });

  test('of a draft works like that of an instance, and saves nothing', async () => {
    await using vendor = await startVendor(json({ name: 'the bot' }));
    const before = await running.api.call('GET', '/api/instances');
    const config = { baseUrl: vendor.url, token: 'another-token' };
    expect((await draft({ plugin: 'desk', config })).body).toMatchObject({ ok: true, vendorCalls: 1 });
    vendor.answer = json({}, 401);
    expect((await draft({ plugin: 'desk', config })).body).toMatchObject({
      ok: false,
      problem: { code: 'auth_failed' },
    });
    expect(vendor.authorizations).toEqual(['Bearer another-token', 'Bearer another-token']);
    expect((await running.api.call('GET', '/api/instances')).body).toEqual(before.body);
  });

  test('of a draft for an instance uses its stored secret at the same origin', async () => {
    await using vendor = await startVendor(json({ name: 'the bot' }));
    await create('known', vendor.url);
    const before = await running.api.call('GET', '/api/instances/known');
    const report = await draft({ instanceId: 'known', config: { baseUrl: `${vendor.url}/v2` } });
    expect(report.body).toMatchObject({ ok: true });
    expect(vendor.calls).toEqual(['GET /v2/me']);
    expect(vendor.authorizations).toEqual([`Bearer ${TOKEN}`]);
    expect((await running.api.call('GET', '/api/instances/known')).body).toEqual(before.body);
  });

  test('of a draft never takes a stored secret to another origin', async () => {
    await using vendor = await startVendor(json({ name: 'the bot' }));
    await using thief = await startVendor(json({ name: 'thief' }));
    await create('guarded', vendor.url);
    const path = '/api/instances/check';
    for (const baseUrl of [thief.url, `http://localhost:${thief.port}`, `http://127.0.0.1:${thief.port}/api/`]) {
      const refused = await running.api.send('POST', path, { instanceId: 'guarded', config: { baseUrl } });
      const problem = await expectProblem(refused, 400, 'config_invalid');
      expect(problem.errors).toEqual([
        { pointer: '/config/token', message: expect.stringContaining('must be sent again') },
      ]);
      expect(JSON.stringify(problem)).not.toContain(TOKEN);
    }
    expect(thief.calls).toEqual([]);
    // Without it, or with a new one, the address may move.
    await draft({ instanceId: 'guarded', config: { baseUrl: thief.url, token: null } });
    await draft({ instanceId: 'guarded', config: { baseUrl: thief.url, token: 'a-new-token' } });
    expect(thief.authorizations).toEqual([undefined, 'Bearer a-new-token']);
  });
});
