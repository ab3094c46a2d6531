// `jackfield plugin` as a person and a pipeline use it: the commands themselves, as processes, against one host that is never restarted.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildRelease, type Release } from '../lifecycle/releases.ts';
import { server, type TestDatabase } from '../support/databases.ts';
import { ADMIN_TOKEN, startTestHost, type TestHost } from '../support/host.ts';
import { runCli } from '../support/host-process.ts';
import { until } from '../support/until.ts';

// Each process takes its time on a machine that does other things too.
describe('against a host that runs', { timeout: 120_000 }, () => {
  let place: TestDatabase;
  let host: TestHost;
  let releases: Release[];
  const file = (version: string): string => join(place.dataFolder, `shift-${version}.tgz`);

  beforeAll(async () => {
    place = await server.open();
    host = await startTestHost(place, { limits: { pluginLoad: 120_000 } });
    releases = await Promise.all([
      buildRelease('1.0.0'),
      buildRelease('2.0.0', { members: `network: { hosts: ['api.example.com'] },` }),
      buildRelease('3.0.0', { sabotage: `throw new Error('no luck today')` }),
    ]);
    for (const { tarball, version } of releases) await writeFile(file(version.manifest.version), tarball);
  });
  afterAll(async () => {
    for (const release of releases) await release[Symbol.asyncDispose]();
    await host[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const start = async (...args: string[]): Promise<{ code: number | null; text: string }> => {
    await using cli = runCli(['plugin', ...args], { JACKFIELD_URL: host.url, JACKFIELD_TOKEN: ADMIN_TOKEN });
    const [code] = await cli.exited;
    return { code, text: cli.output.join('\n') };
  };
  const run = async (...args: string[]): Promise<string> => {
    const { code, text } = await start(...args);
    expect(code, text).toBe(0);
    return text;
  };
  const which = async (): Promise<unknown> => {
    const path = '/api/instances/acme/queries/which';
    const { status, body } = await host.api.call<{ rows?: { version: string }[] }>('POST', path, {});
    return status === 200 ? body.rows?.[0]?.version : status;
  };

  test('a tarball is added when somebody has said yes, and what it may do is shown before', async () => {
    const unasked = await start('add', file('1.0.0'));
    expect(unasked).toMatchObject({ code: 1, text: expect.stringContaining('nobody can be asked here') });
    expect((await host.api.call('GET', '/api/plugins/shift')).status).toBe(404);

    const text = await run('add', file('1.0.0'), '--yes');
    expect(text).toContain('  + signs in with the secret "hookSecret"');
    expect(text).toMatch(/add shift 1\.0\.0: done, generation \d+$/m);
    const config = { hookSecret: 'a-secret-of-hooks', mode: 'acme' };
    const instance = { id: 'acme', name: 'Acme', plugin: 'shift', config };
    expect((await host.api.call('POST', '/api/instances', instance)).status).toBe(201);
    expect(await which()).toBe('1.0.0');
  });

  test('an upgrade says what is new and who depends on it; one that does not load is refused, and ends with 1', async () => {
    const text = await run('upgrade', file('2.0.0'), '--yes');
    expect(text).toContain('New: it\n  + calls api.example.com, without credentials');
    expect(text).toContain('Depending on it: 1 instances (1 switched on)');
    expect(text).toMatch(/upgrade shift 2\.0\.0: done, .*1 of 1 instances checked and well$/m);
    expect(await which()).toBe('2.0.0');

    const refused = await start('upgrade', file('3.0.0'), '--yes');
    expect(refused.code).toBe(1);
    expect(refused.text).toMatch(/refused: it does not load: the bundle threw Error\nThe version before stays active/);
    expect(await which()).toBe('2.0.0');
    expect(await run('list')).toMatch(/^shift +2\.0\.0 +active +version 3\.0\.0 was refused: it does not load/m);
  });

  test('it goes back, is switched off and removed', async () => {
    expect(await run('rollback', 'shift', '--yes')).toMatch(/rollback shift 1\.0\.0: done/);
    expect(await which()).toBe('1.0.0');
    expect(await run('disable', 'shift', '--yes')).toMatch(/disable shift 1\.0\.0: done/);
    expect(await which()).not.toBe('1.0.0');
    expect(await run('remove', 'shift', '--yes')).toContain('It can be restored for 30 days.');
    expect((await host.api.call('GET', '/api/plugins/shift')).body).toMatchObject({ state: 'removed' });
    // A host tells how far it is a moment after it is there.
    const status = await until(async () => {
      const said = await run('status');
      return said.includes('is behind') ? undefined : said;
    });
    expect(status).toMatch(/^generation \d+\n\nHOST/);
  });
});
