// Several hosts on one database: a change that one of them is asked for is everybody's, whoever dies meanwhile.
import { expect, test } from 'vitest';
import type { HostView, PluginChange, PluginSummary } from '../../host/src/lifecycle/index.ts';
import { server } from '../support/databases.ts';
import { startHostProcess } from '../support/host-process.ts';
import { type Api, quietLimits, startTestHost } from '../support/host.ts';
import { FULL } from '../support/random.ts';
import { until } from '../support/until.ts';
import { startVendor } from '../support/vendor.ts';
import { buildRelease, carryOut, ended, upload } from './releases.ts';

/** Milliseconds, from the end of the change. On a machine that has other things to do all that counts is that they do. */
const CONVERGED_WITHIN = FULL ? 10_000 : 60_000;

const versionOn = async (api: Api): Promise<string | null> =>
  (await api.call<PluginSummary>('GET', '/api/plugins/shift')).body.version;
const hostsOf = async (api: Api) =>
  (await api.call<{ generation: number; hosts: HostView[] }>('GET', '/api/hosts')).body;
const which = async (api: Api): Promise<unknown> =>
  (await api.call<{ rows: { version: string }[] }>('POST', '/api/instances/acme/queries/which', {})).body.rows[0]
    ?.version;

/** Resolves when all of these have the version, with the milliseconds that it took. */
async function allOn(apis: readonly Api[], version: string): Promise<number> {
  const startedAt = performance.now();
  await until(async () => {
    const versions = await Promise.all(apis.map(versionOn));
    return versions.every((one) => one === version) ? true : undefined;
  }, 60_000);
  return performance.now() - startedAt;
}

test('three hosts follow a change; one that is killed in the middle of an install leaves nothing, and follows when it returns', async () => {
  await using database = await server.open();
  await using vendor = await startVendor();
  let asked = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  // Asked by a check, it never answers.
  vendor.answer = () => asked();
  await using one = await buildRelease('1.0.0');
  await using two = await buildRelease('2.0.0', { migrated: true });
  await using slow = await buildRelease('1.5.0', { check: `await ctx.fetch('/slow'); return { message: 'fine' };` });
  await using broken = await buildRelease('3.0.0', { sabotage: `throw new Error('no luck')` });
  // One that is busy is not gone.
  const lifecycle = { ...quietLimits.lifecycle, tick: 1000, silent: 10_000 };
  const limits = { pluginLoad: 120_000, lifecycle };
  await using third = await startHostProcess(database);
  await using first = await startTestHost(database, { limits });
  await using second = await startTestHost(database, { limits });
  const both = [first.api, second.api];

  for (const release of [one, two, slow]) await upload(first.api, release);
  await carryOut(first.api, { action: 'add', source: one.integrity });
  expect(await allOn([...both, third.api], '1.0.0')).toBeLessThan(CONVERGED_WITHIN);
  const config = { baseUrl: vendor.url, mode: 'acme' };
  await first.api.call('POST', '/api/instances', { id: 'acme', name: 'Acme', plugin: 'shift', config });
  expect(await which(third.api)).toBe('1.0.0');

  // The third is asked for an upgrade and killed while it checks the instance.
  const request = { action: 'upgrade', plugin: 'shift', source: slow.integrity };
  const { body: plan } = await third.api.call<PluginChange>('POST', '/api/plugin-changes', request);
  await third.api.call('POST', `/api/plugin-changes/${plan.id}/confirm`, { hash: plan.hash });
  await isAsked;
  // Meanwhile the others have verified it, so that they need not when it is wanted.
  for (const { logs } of [first, second]) {
    await until(async () => logs.some((line) => /"version":"1\.5\.0".*is at hand/.test(line)) || undefined, 60_000);
  }
  process.kill(third.pid, 'SIGKILL');
  await third.exited;
  expect(await ended(first.api, plan.id)).toMatchObject({
    state: 'abandoned',
    reason: expect.stringMatching(/stopped/),
  });
  expect(await Promise.all(both.map(versionOn))).toEqual(['1.0.0', '1.0.0']);
  expect(await Promise.all(both.map(which))).toEqual(['1.0.0', '1.0.0']);

  // The others go on, and the one that is gone is known to be.
  expect(await carryOut(second.api, { action: 'upgrade', plugin: 'shift', source: two.integrity })).toMatchObject({
    state: 'done',
  });
  expect(await allOn(both, '2.0.0')).toBeLessThan(CONVERGED_WITHIN);
  const dead = (await hostsOf(first.api)).hosts.find(({ id }) => id.split('/')[1] === String(third.pid));
  expect(dead).toMatchObject({ isAlive: false, isBehind: true });

  // It comes back with a plugins.json that names a release which does not load: what is wanted stays.
  await using returned = await startTestHost(database, { plugins: [broken], limits });
  expect(await which(returned.api)).toBe('2.0.0');
  expect((await returned.api.call<PluginSummary>('GET', '/api/plugins/shift')).body).toMatchObject({
    ...{ state: 'active', version: '2.0.0' },
    refused: { version: '3.0.0', reason: expect.stringMatching(/does not load/) },
  });
  const { generation, hosts } = await hostsOf(first.api);
  const alive = hosts.filter(({ isAlive }) => isAlive);
  expect(alive.map((host) => host.generation)).toEqual([generation, generation, generation]);
}, 240_000);
