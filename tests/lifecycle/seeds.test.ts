// plugins.json over restarts: what it says anew is followed once, and what people have changed since then stays.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import { expect, test } from 'vitest';
import { startHost, type Host } from '../../host/src/host.ts';
import { server, type TestDatabase } from '../support/databases.ts';
import { ADMIN_TOKEN, createApi, quietLimits } from '../support/host.ts';
import { buildRelease, carryOut, type Release } from './releases.ts';

const LIMITS = { ...quietLimits, pluginLoad: 120_000 };

/** As the file has them. */
interface Entry {
  readonly release: Release;
  readonly enabled?: boolean;
}

async function start({ dataFolder, databaseUrl }: TestDatabase): Promise<Host> {
  const manifestFile = join(dataFolder, 'plugins.json');
  return startHost({
    ...{ dataFolder, databaseUrl, manifestFile, adminToken: ADMIN_TOKEN, port: 0 },
    ...{ limits: LIMITS, log: pino({ level: 'silent' }) },
  });
}

async function save({ dataFolder }: TestDatabase, entries: readonly Entry[]): Promise<void> {
  const plugins = entries.map(({ release, ...rest }) => ({
    package: release.version.package,
    path: release.folder,
    ...rest,
  }));
  await writeFile(join(dataFolder, 'plugins.json'), JSON.stringify({ plugins }));
}

/** The version that is active, or why none is, by the plugin's name. */
function statesOf({ plugins }: Pick<Host, 'plugins'>): Record<string, string> {
  return Object.fromEntries(
    plugins.map(({ name, version, state, reason }) => [
      name,
      [version, state, reason].filter((part) => part != null).join(' '),
    ]),
  );
}

test('what plugins.json says anew is followed at the next start, and what people have changed stays', async () => {
  await using database = await server.open();
  const [one, two, going, off, kept, keptNext, bad] = await Promise.all([
    buildRelease('1.0.0'),
    buildRelease('2.0.0', { migrated: true }),
    buildRelease('1.0.0', { name: 'going' }),
    buildRelease('1.0.0', { name: 'off' }),
    buildRelease('1.0.0', { name: 'kept' }),
    buildRelease('1.1.0', { name: 'kept' }),
    buildRelease('1.1.0', { name: 'going', sabotage: `throw new Error('no luck today')` }),
  ]);
  await using stack = new AsyncDisposableStack();
  for (const release of [one, two, going, off, kept, keptNext, bad]) stack.use(release);
  const before = [{ release: one }, { release: going }, { release: off }, { release: kept }];
  await save(database, before);
  {
    await using host = await start(database);
    const all = { shift: '1.0.0 active', going: '1.0.0 active', off: '1.0.0 active', kept: '1.0.0 active' };
    expect(statesOf(host)).toEqual(all);
    const api = createApi(host.url, ADMIN_TOKEN);
    const instance = { id: 'acme', name: 'Acme', plugin: 'shift', config: { mode: 'fast' } };
    expect((await api.call('POST', '/api/instances', instance)).status).toBe(201);
    expect(await carryOut(api, { action: 'disable', plugin: 'kept' })).toMatchObject({ state: 'done' });
  }

  // One has another version, one is named no more, one is switched off; of the one that somebody has switched off the file says what it said.
  await save(database, [{ release: two }, { release: off, enabled: false }, { release: kept }]);
  await using host = await start(database);
  const api = createApi(host.url, ADMIN_TOKEN);
  expect(statesOf(host)).toEqual({
    shift: '2.0.0 active',
    off: 'disabled plugins.json says so',
    going: 'disabled plugins.json names it no more',
    kept: 'disabled somebody has switched it off',
  });
  const { body } = await api.call('GET', '/api/instances/acme');
  expect(body).toMatchObject({ config: { way: 'fast' } });

  // A version of its own is news, whoever has switched the one before off; one that does not load is no reason to lose the one that did.
  await save(database, [{ release: two }, { release: going }, { release: off }, { release: keptNext }]);
  expect(statesOf({ plugins: await host.followFile() })).toEqual({
    ...{ shift: '2.0.0 active', going: '1.0.0 active', off: '1.0.0 active', kept: '1.1.0 active' },
  });
  await save(database, [{ release: two }, { release: bad }, { release: off }, { release: keptNext }]);
  const states = await host.followFile();
  expect(statesOf({ plugins: states })['going']).toBe('1.0.0 active');
  expect(states.find(({ name }) => name === 'going')?.refused).toMatchObject({
    version: '1.1.0',
    reason: expect.stringContaining('it does not load'),
  });

  // A file that cannot be read names nothing, and switches nothing off.
  await writeFile(join(database.dataFolder, 'plugins.json'), '{ "plugins": [');
  const [broken, ...others] = await host.followFile();
  expect(broken).toMatchObject({ package: 'plugins.json', state: 'failed' });
  expect(others.map(({ state }) => state)).toEqual(['active', 'active', 'active', 'active']);
});
