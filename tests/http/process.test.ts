import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { oneOf, embedded } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import { startTestHost } from '../support/host.ts';
import { runCli, startHostProcess, type HostProcess } from '../support/host-process.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { json, silence, startVendor, type Vendor } from '../support/vendor.ts';

let desk: TestPlugin;
beforeAll(async () => {
  desk = await buildDesk();
});
afterAll(() => desk[Symbol.asyncDispose]());

/** Calls of a run: the host checks the instance meanwhile. */
const callsOf = (vendor: Vendor): number => vendor.calls.filter((call) => !call.endsWith('/me')).length;

const create = ({ api }: Pick<HostProcess, 'api'>, id: string, baseUrl: string): Promise<unknown> =>
  api.call('POST', '/api/instances', { id, plugin: 'desk', name: id, config: { baseUrl } });

describe.each(oneOf)('on $name', (database) => {
  test('SIGTERM lets the runs in flight finish, takes no new ones and ends with code 0', async () => {
    let release = (): void => undefined;
    await using vendor = await startVendor((request, response) => {
      release = () => json([{ z: 2 }, { z: 3 }])(request, response);
    });
    await using place = await database.open();
    await using running = await startHostProcess(place, { plugins: [desk] });
    await create(running, 'stopping', vendor.url);
    const viewer = running.api.send('GET', '/api/instances/stopping/queries/first_then_wait');
    await expect.poll(() => callsOf(vendor), { timeout: 10_000 }).toBe(1);
    running.child.kill('SIGTERM');
    await expect.poll(() => running.output.join('\n')).toContain('"stopping"');
    await expect
      .poll(async () =>
        fetch(`${running.url}/healthz`, { headers: { connection: 'close' } }).then(
          () => 'answers',
          () => 'refuses',
        ),
      )
      .toBe('refuses');
    release();
    expect(await (await viewer).json()).toMatchObject({ rows: [{ z: 1 }, { z: 2 }, { z: 3 }], meta: { rowCount: 3 } });
    expect(await running.exited).toEqual([0, null]);
  });

  test('a second signal ends a host at once that is still waiting for its runs', async () => {
    await using vendor = await startVendor(silence);
    await using place = await database.open();
    await using running = await startHostProcess(place, { plugins: [desk] });
    await create(running, 'impatient', vendor.url);
    const viewer = running.api.send('GET', '/api/instances/impatient/queries/uncached');
    await expect.poll(() => callsOf(vendor), { timeout: 10_000 }).toBe(1);
    running.child.kill('SIGINT');
    await expect.poll(() => running.output.join('\n')).toContain('"stopping"');
    running.child.kill('SIGINT');
    await expect(viewer).rejects.toThrow('fetch failed');
    expect(await running.exited).toEqual([1, null]);
  });

  test('a host that stops cuts off what does not end in time, and may be stopped twice', async () => {
    await using vendor = await startVendor(silence);
    await using place = await database.open();
    const limits = { http: { ...defaultLimits.http, drain: 200 } };
    const running = await startTestHost(place, { plugins: [desk], limits });
    await create(running, 'silent', vendor.url);
    const viewer = running.api.send('GET', '/api/instances/silent/queries/uncached');
    const left = viewer.then(
      () => 'answered',
      () => 'cut',
    );
    await expect.poll(() => callsOf(vendor), { timeout: 10_000 }).toBe(1);
    const startedAt = performance.now();
    await Promise.all([running.host.stop(), running.host.stop()]);
    expect(performance.now() - startedAt).toBeLessThan(200 + 2000);
    expect(await left).toBe('cut');
    await expect.poll(() => vendor.hangUps).toBe(1);
  });
});

test('a second host on the same embedded database is told who has it, and the first goes on', async () => {
  await using place = await embedded.open();
  await using first = await startHostProcess(place, { plugins: [desk] });
  await using second = runCli([
    'start',
    '--data',
    place.dataFolder,
    '--plugins',
    `${place.dataFolder}/plugins.json`,
    '--port',
    '0',
  ]);
  expect(await second.exited).toEqual([1, null]);
  const said = second.output.join('\n');
  expect(said).toContain(`is in use by process ${first.pid}`);
  expect(said).toContain('DATABASE_URL');
  expect((await first.api.call('GET', '/readyz')).body).toEqual({ status: 'ok' });
});
