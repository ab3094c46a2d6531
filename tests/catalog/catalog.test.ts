import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { ContributionChange, Hooks } from '../../host/src/kernel/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { tempFolder } from '../support/plugin-package.ts';
import { changeJson, houseIn, load, loadFile, removeBuilt } from './packages.ts';

afterAll(removeBuilt);

const hurried = { ...defaultLimits, pluginLoad: 400 };
const never = (): Promise<undefined> => new Promise(() => {});

/** Notes what the other rooms are told. */
function listener(told: string[]): (hooks: Hooks) => void {
  return (hooks) => {
    hooks.contribute.for('queries').tap('test', ({ plugin, active }) => {
      told.push(`${plugin.manifest.name} queries ${active ? 'on' : 'off'}`);
    });
  };
}

describe('a host manifest', () => {
  it('that is not there means no plugins and a warning', async () => {
    await using folder = await tempFolder();
    const warnings: string[] = [];
    const log = {
      debug() {},
      info() {},
      warn: (_fields: object, message: string) => void warnings.push(message),
      error() {},
    };
    const { statuses } = await loadFile(houseIn(folder.path), { log });
    expect(statuses).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('no host manifest')]);
  });

  it.each([
    ['broken JSON', '{\n  "plugins": [,]\n}', /plugins\.json is not JSON: .*line 2/, undefined],
    ['a list on top', '[]', /plugins\.json: must be object/, ''],
    ['no plugins', '{}', /plugins\.json \/plugins: is required/, '/plugins'],
    ['a member nobody knows', '{"plugins":[],"plugin":1}', /plugins\.json \/plugin: is not a known member/, '/plugin'],
    ['a byte order mark', '\uFEFF{"plugins":[]}', /byte order mark/, undefined],
  ])('with %s is one failed status that names the file and the place', async (_what, text, reason, pointer) => {
    await using folder = await tempFolder();
    await writeFile(join(folder.path, 'plugins.json'), text);
    const { statuses } = await loadFile(houseIn(folder.path));
    expect(statuses).toEqual([
      expect.objectContaining({
        package: 'plugins.json',
        name: null,
        state: 'failed',
        reason: expect.stringMatching(reason),
      }),
    ]);
    expect(statuses[0]?.pointer).toBe(pointer);
  });

  it('lists every entry in its order, the bad and the disabled ones too', async () => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const off = { ...(await house.copyOf('other')), enabled: false };
    const told: string[] = [];
    const { statuses } = await load(
      house,
      [7, off, { package: 'x' }, await house.copyOf('healthy')],
      {},
      listener(told),
    );
    expect(statuses).toEqual([
      expect.objectContaining({ package: 'plugins.json /plugins/0', state: 'failed', pointer: '/plugins/0' }),
      { package: '@acme/plugin-other', name: null, version: null, state: 'disabled' },
      expect.objectContaining({ package: 'x', state: 'failed', pointer: '/plugins/2/path' }),
      expect.objectContaining({ name: 'healthy', state: 'active' }),
    ]);
    expect(told).toEqual(['healthy queries on']);
    expect(told).toHaveLength(1);
  });
});

describe('a bad entry', () => {
  it('never hides another one, however many there are', async () => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const unsafe = JSON.parse('{"package":"unsafe","path":"./x","__proto__":{}}');
    const bad = Array.from({ length: 120 }, (_, n) => ({ package: `bad-${n}`, path: './x', files: true }));
    const { statuses } = await load(house, [unsafe, ...bad, await house.copyOf('healthy')]);
    expect(statuses.map(({ state }) => state)).toEqual([...Array(121).fill('failed'), 'active']);
    expect(statuses[0]?.pointer).toBe('/plugins/0/__proto__');
    expect(statuses[120]?.pointer).toBe('/plugins/120/files');
  });

  it('with a name of a megabyte has a reason that a person can read', async () => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const entry = await house.copyOf('healthy');
    await changeJson(join(folder.path, 'healthy/package.json'), (value) => {
      value['name'] = 'x'.repeat(1_000_000);
    });
    expect((await load(house, [entry])).statuses[0]?.reason).toHaveLength(500);
  });
});

describe('a verified plugin', () => {
  it('runs from a read-only copy named by its hash, which loads', async () => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const { active } = await load(house, [await house.copyOf('healthy')]);
    const plugin = active.find('healthy');
    const file = plugin?.bundleFile ?? '';
    expect(file).toBe(join(folder.path, 'data/bundles', plugin?.manifest.bundle.sha256 ?? '', 'plugin.js'));
    expect((await stat(file)).mode & 0o777).toBe(0o444);
    expect((await import(pathToFileURL(file).href)).default.name).toBe('healthy');
  });

  it('whose copy was tampered with gets the verified bytes again', async () => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const entry = await house.copyOf('healthy');
    const file = (await load(house, [entry])).active.find('healthy')?.bundleFile ?? '';
    const sound = await readFile(file, 'utf8');
    await chmod(file, 0o644);
    await writeFile(file, 'export default "evil";');
    expect((await load(house, [entry])).active.find('healthy')?.bundleFile).toBe(file);
    expect(await readFile(file, 'utf8')).toBe(sound);
  });

  it('whose bundle changes after it was verified is not trusted', async () => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const entry = await house.copyOf('healthy');
    const bundle = join(folder.path, 'healthy/dist/plugin.js');
    const { statuses } = await load(house, [entry], {}, (hooks) => {
      hooks.verify.tapPromise('late', async () => {
        await writeFile(bundle, (await readFile(bundle, 'utf8')).replace('fine', 'evil'));
        return undefined;
      });
    });
    expect(statuses[0]).toMatchObject({ state: 'failed', pointer: '/bundle/sha256' });
  });

  it('has the hosts and the memory it asked for and was granted', async () => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const entry = await house.copyOf('healthy');
    await changeJson(join(folder.path, 'healthy/dist/plugin.json'), (manifest) => {
      manifest['network'] = { baseUrl: 'baseUrl', hosts: ['a.example.com', 'b.example.org'] };
      manifest['limits'] = { memoryMb: 512 };
    });
    const grant = { hosts: ['*.example.com', 'b.example.org', 'c.example.org'], memoryMb: 1024 };
    const { active } = await load(house, [{ ...entry, version: '1.0.0', grant }]);
    expect(active.find('healthy')).toMatchObject({ hosts: ['a.example.com', 'b.example.org'], memoryMb: 512 });
  });

  it.each([
    ['*.example.com', 'example.com'],
    ['*.example.com', 'evilexample.com'],
    ['a.example.com', '*.example.com'],
  ])('that is granted %s may not call %s', async (granted, asked) => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const entry = await house.copyOf('healthy');
    await changeJson(join(folder.path, 'healthy/dist/plugin.json'), (manifest) => {
      manifest['network'] = { baseUrl: 'baseUrl', hosts: [asked] };
    });
    const { statuses } = await load(house, [{ ...entry, grant: { hosts: [granted] } }]);
    expect(statuses[0]).toMatchObject({ state: 'failed', pointer: '/network/hosts/0' });
  });

  it('keeps its name when a later entry has the same one', async () => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const twin = await house.copyOf('healthy', 'twin');
    await changeJson(join(folder.path, 'twin/package.json'), (value) => {
      value['name'] = '@evil/twin';
    });
    const told: string[] = [];
    const { statuses, active } = await load(
      house,
      [await house.copyOf('healthy'), { ...twin, package: '@evil/twin' }],
      {},
      listener(told),
    );
    expect(statuses[1]).toMatchObject({
      package: '@evil/twin',
      state: 'failed',
      pointer: '/name',
      reason: expect.stringContaining('@acme/plugin-healthy'),
    });
    expect(active.find('healthy')?.package).toBe('@acme/plugin-healthy');
    expect(told).toEqual(['healthy queries on']);
  });
});

describe('a tap', () => {
  const forOther = ({ plugin }: ContributionChange): boolean => plugin.manifest.name === 'other';

  it('that throws for one plugin fails that plugin, which is then forgotten by all rooms', async () => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const told: string[] = [];
    const { statuses } = await load(
      house,
      [await house.copyOf('other'), await house.copyOf('healthy')],
      {},
      (hooks) => {
        listener(told)(hooks);
        hooks.contribute.for('queries').tapPromise('picky', async (change) => {
          if (change.active && forOther(change)) throw new Error('two queries of one id');
        });
      },
    );
    expect(statuses).toEqual([
      expect.objectContaining({ name: 'other', state: 'failed', reason: 'two queries of one id' }),
      expect.objectContaining({ name: 'healthy', state: 'active' }),
    ]);
    await expect
      .poll(() => told.filter((line) => line.startsWith('other')))
      .toEqual(['other queries on', 'other queries off']);
  });

  it('that hangs while it verifies one plugin fails that plugin alone', async () => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const { statuses } = await load(
      house,
      [await house.copyOf('other'), await house.copyOf('healthy')],
      { limits: hurried },
      (hooks) => {
        hooks.verify.tapPromise('slow', ({ entry }) =>
          entry.package.endsWith('other') ? never() : Promise.resolve(undefined),
        );
      },
    );
    expect(statuses.map(({ state }) => state)).toEqual(['failed', 'active']);
    expect(statuses[0]?.reason).toContain('took more than 200 ms');
  });

  it('that breaks discovery fails the manifest and says which tap it was', async () => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const { statuses } = await load(house, [await house.copyOf('healthy')], {}, (hooks) => {
      hooks.discover.tapPromise('registry', () => Promise.reject(new Error('registry: no answer')));
    });
    expect(statuses).toEqual([expect.objectContaining({ state: 'failed', reason: 'registry: no answer' })]);
  });

  it('that hangs for ten of twenty plugins holds the host up for no longer than one deadline', async () => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const names = Array.from({ length: 20 }, (_, n) => `p${n}`);
    const entries = [];
    for (const name of names) {
      entries.push({ ...(await house.copyOf('healthy', name)), package: `@acme/${name}` });
      await changeJson(join(folder.path, name, 'package.json'), (value) => {
        value['name'] = `@acme/${name}`;
      });
      await changeJson(join(folder.path, name, 'dist/plugin.json'), (value) => {
        value['name'] = name;
      });
    }
    const odd = (name: string): boolean => Number(name.replace(/\D/g, '')) % 2 === 1;
    const limits = { ...defaultLimits, pluginLoad: 4000 };
    const started = performance.now();
    const { statuses } = await load(house, entries, { limits }, (hooks) => {
      hooks.verify.tapPromise('slow', ({ entry }) =>
        ['@acme/p1', '@acme/p3'].includes(entry.package) ? never() : Promise.resolve(undefined),
      );
      hooks.contribute
        .for('queries')
        .tapPromise('slow', ({ plugin }) => (odd(plugin.manifest.name) ? never() : Promise.resolve()));
    });
    expect(performance.now() - started).toBeLessThan(limits.pluginLoad + 1000);
    expect(statuses.map(({ state }) => state)).toEqual(names.map((name) => (odd(name) ? 'failed' : 'active')));
  });
});
