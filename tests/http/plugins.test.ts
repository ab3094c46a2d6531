import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { startHost } from '../../host/src/host.ts';
import { oneOf } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import { ADMIN_TOKEN, createApi, startTestHost } from '../support/host.ts';
import { buildTestPlugin, queryPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { json, startVendor } from '../support/vendor.ts';

interface Status {
  readonly package: string;
  readonly name: string | null;
  readonly state: string;
  readonly reason?: string;
}

describe.each(oneOf)('on $name', (database) => {
  test('broken plugins are listed with the reason, and the others work', async () => {
    await using place = await database.open();
    await using desk = await buildDesk();
    await using changed = await buildTestPlugin(queryPlugin('yield { n: 1 };', { name: 'changed' }), {
      name: 'changed',
    });
    await using throwing = await buildTestPlugin(
      queryPlugin('yield { n: 1 };', {
        name: 'throwing',
        top: `if (process.argv.length === 0) throw new Error('not here');`,
      }),
      { name: 'throwing' },
    );
    await writeFile(changed.version.bundleFile, 'export default {};');
    const noPackage = join(place.dataFolder, 'no-package');
    await mkdir(noPackage);
    const manifestFile = join(place.dataFolder, 'plugins.json');
    const plugins = [
      { package: 'plugin-nowhere', path: './nowhere' },
      { package: 'plugin-empty', path: './no-package' },
      { package: 'plugin-changed', path: changed.folder },
      { package: 'plugin-colour', path: desk.folder, colour: 'red' },
      { package: 'plugin-desk', path: desk.folder, version: '9.9.9' },
      { package: 'plugin-off', path: './nowhere', enabled: false },
      { package: 'plugin-throwing', path: throwing.folder },
      { package: 'plugin-desk', path: desk.folder },
      { package: 'plugin-desk', path: desk.folder },
    ];
    await writeFile(manifestFile, JSON.stringify({ plugins }));
    await using host = await startHost({
      ...place,
      manifestFile,
      adminToken: ADMIN_TOKEN,
      port: 0,
      log: pino({ level: 'silent' }),
    });
    const api = createApi(host.url, ADMIN_TOKEN);

    const { body } = await api.call<{ plugins: Status[] }>('GET', '/api/plugins');
    expect(body.plugins.map((plugin) => [plugin.package, plugin.state])).toEqual([
      ['plugin-nowhere', 'failed'],
      ['plugin-empty', 'failed'],
      ['plugin-changed', 'failed'],
      ['plugin-colour', 'failed'],
      ['plugin-desk', 'failed'],
      ['plugin-off', 'disabled'],
      ['plugin-throwing', 'active'],
      ['plugin-desk', 'active'],
      ['plugin-desk', 'failed'],
    ]);
    for (const { state, reason = '' } of body.plugins)
      expect(reason.length > 10, `${state}: ${reason}`).toBe(state === 'failed');
    expect(body.plugins[2]?.reason).toContain('plugin.js has 18 bytes');
    expect(body.plugins[3]?.reason).toContain('colour');
    expect(body.plugins[4]?.reason).toContain('9.9.9');

    await using vendor = await startVendor(json([{ z: 1, a: 'one' }]));
    const baseUrl = vendor.url;
    await api.call('POST', '/api/instances', { id: 'desk', plugin: 'desk', name: 'Desk', config: { baseUrl } });
    await api.call('POST', '/api/instances', { id: 'throwing', plugin: 'throwing', name: 'T', config: { baseUrl } });
    const [good, bad] = await Promise.all([
      api.call('GET', '/api/instances/desk/queries/items'),
      api.send('GET', '/api/instances/throwing/queries/q'),
    ]);
    expect(good.body).toMatchObject({ rows: [{ z: 1, a: 'one' }] });
    await expectProblem(bad, 502, 'plugin_failed');
    const unknown = await api.send('POST', '/api/instances', { plugin: 'changed', name: 'x', config: {} });
    await expectProblem(unknown, 400, 'config_invalid');
  });

  test('a plugin tells its config schema and its queries', async () => {
    await using place = await database.open();
    await using desk = await buildDesk();
    await using running = await startTestHost(place, { plugins: [desk] });
    const { body } = await running.api.call('GET', '/api/plugins/desk');
    expect(body).toMatchObject({
      name: 'desk',
      state: 'active',
      version: '1.0.0',
      check: true,
      config: { required: ['baseUrl'], properties: { token: { writeOnly: true } } },
      queries: { items: { cacheMs: 60_000 } },
    });
    expect(JSON.stringify(body)).not.toContain(desk.folder);
  });
});
