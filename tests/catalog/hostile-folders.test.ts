import { execFileSync } from 'node:child_process';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostManifestEntry } from '@jackfield/schemas';
import { afterAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { tempFolder } from '../support/plugin-package.ts';
import { changeJson, houseIn, load, removeBuilt, type Json } from './packages.ts';

afterAll(removeBuilt);

interface Place {
  /** The package's folder, outside of which lies `outside`. */
  readonly folder: string;
  readonly manifest: string;
  readonly bundle: string;
  readonly packageJson: string;
  readonly outside: string;
}
type Damage = (place: Place) => Promise<Partial<HostManifestEntry> | void>;

/** Damage to plugin.json that leaves it valid JSON. */
const manifest =
  (change: (value: Json) => void): Damage =>
  ({ manifest }) =>
    changeJson(manifest, change);
const field =
  (schema: object): Damage =>
  ({ manifest }) =>
    changeJson(manifest, (value) => Object.assign((value['config'] as { properties: Json }).properties, { z: schema }));
const described =
  (change: (value: Json) => void): Damage =>
  ({ packageJson }) =>
    changeJson(packageJson, change);
const entry =
  (more: Partial<HostManifestEntry>): Damage =>
  async () =>
    more;

const DEEP = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;

/** What is wrong, how it is made so, the reason, and the pointer when there is one. */
const hostile: readonly (readonly [string, Damage, RegExp, string?])[] = [
  [
    'a byte order mark',
    async (p) => writeFile(p.manifest, `\uFEFF${await readFile(p.manifest, 'utf8')}`),
    /byte order mark/,
  ],
  [
    'a manifest of 5 MB',
    (p) => changeJson(p.manifest, (v) => Object.assign(v, { description: 'x'.repeat(5_000_000) })),
    /more than the 1048576 allowed/,
  ],
  [
    'a manifest that is no JSON',
    (p) => writeFile(p.manifest, '{\n  "name": oops\n}'),
    /plugin\.json is not JSON: .*line 2/,
  ],
  ['a manifest that is no UTF-8', (p) => writeFile(p.manifest, Buffer.from([0x7b, 0xff, 0xfe, 0x7d])), /not UTF-8/],
  ['an empty manifest', (p) => writeFile(p.manifest, ''), /not JSON/],
  ['a manifest that is a list', (p) => writeFile(p.manifest, '[]'), /must be object/, ''],
  ['a manifest nested without end', (p) => writeFile(p.manifest, DEEP), /nested more than/, '/a'.repeat(64)],
  [
    'a name that looks like another',
    manifest((v) => (v['name'] = 'hostil\u0435')),
    /plugin\.json \/name: must match/,
    '/name',
  ],
  ['an unknown API version', manifest((v) => (v['apiVersion'] = 99)), /must be 1/, '/apiVersion'],
  [
    'a config field named __proto__',
    (p) => writeFile(p.manifest, '{"config":{"properties":{"__proto__":{}}}}'),
    /__proto__/,
    '/config/properties/__proto__',
  ],
  ['a cyclic $ref', field({ $ref: '#/properties/z' }), /cyclic/, '/config/properties/z/$ref'],
  ['a remote $ref', field({ $ref: 'http://169.254.169.254/schema.json' }), /same schema/, '/config/properties/z/$ref'],
  [
    'a pattern that takes exponential time',
    field({ type: 'string', pattern: '^(a+)+\\1$' }),
    /linear time/,
    '/config/properties/z/pattern',
  ],
  ['a keyword nobody knows', field({ type: 'string', secret: true }), /does not compile/, '/config'],
  [
    'a password that is not secret',
    manifest((v) => (v['auth'] = [{ type: 'bearer', token: 'baseUrl' }])),
    /writeOnly/,
    '/auth/0/token',
  ],
  [
    'a bundle path that climbs',
    manifest((v) => Object.assign(v['bundle'] as Json, { file: '../../outside.txt' })),
    /plugin\.js/,
    '/bundle/file',
  ],
  ['no plugin.json', (p) => rm(p.manifest), /plugin\.json does not exist/],
  ['no plugin.js', (p) => rm(p.bundle), /plugin\.js does not exist/],
  ['no package.json', (p) => rm(p.packageJson), /package\.json does not exist/],
  ['no folder at all', (p) => rm(p.folder, { recursive: true }), /there is no package at/],
  ['a package.json that is null', (p) => writeFile(p.packageJson, 'null'), /not a JSON object/],
  ['a package.json without the keyword', described((v) => (v['keywords'] = ['plugin'])), /jackfield-plugin/],
  ['a package.json without the path', described((v) => delete v['jackfield']), /no "jackfield" path/],
  ['a package.json of another package', described((v) => (v['name'] = '@acme/other')), /@acme\/other/],
  ['a manifest path that climbs', described((v) => (v['jackfield'] = '../outside.txt')), /not a path inside/],
  ['a manifest path that is absolute', described((v) => (v['jackfield'] = '/etc/hosts')), /not a path inside/],
  ['a manifest path of Windows', described((v) => (v['jackfield'] = '..\\outside.txt')), /not a path inside/],
  ['a manifest path with a NUL', described((v) => (v['jackfield'] = './dist/plugin.json\0.txt')), /not a path inside/],
  ['a manifest path that is the package', described((v) => (v['jackfield'] = '.')), /not a path inside/],
  ['a manifest that is a folder', described((v) => (v['jackfield'] = './dist')), /not a regular file/],
  [
    'a manifest that links out',
    async (p) => {
      await rename(p.manifest, `${p.outside}.json`);
      await symlink(`${p.outside}.json`, p.manifest);
    },
    /link to a place outside/,
  ],
  [
    'a bundle that links out',
    async (p) => {
      await rename(p.bundle, p.outside);
      await symlink(p.outside, p.bundle);
    },
    /link to a place outside/,
  ],
  [
    'a dist folder that links out',
    async (p) => {
      await rename(join(p.folder, 'dist'), `${p.outside}.d`);
      await symlink(`${p.outside}.d`, join(p.folder, 'dist'));
    },
    /link to a place outside/,
  ],
  [
    'a manifest that is a pipe',
    async (p) => {
      await rm(p.manifest);
      execFileSync('mkfifo', [p.manifest]);
    },
    /not a regular file/,
  ],
  [
    'a bundle that is a pipe',
    async (p) => {
      await rm(p.bundle);
      execFileSync('mkfifo', [p.bundle]);
    },
    /not a regular file/,
  ],
  [
    'a bundle that is a folder',
    async (p) => {
      await rm(p.bundle);
      await mkdir(p.bundle);
    },
    /not a regular file/,
  ],
  [
    'a bundle of other bytes',
    async (p) => writeFile(p.bundle, (await readFile(p.bundle, 'utf8')).replace('fine', 'evil')),
    /has the sha256/,
    '/bundle/sha256',
  ],
  [
    'a bundle of another size',
    async (p) => writeFile(p.bundle, `${await readFile(p.bundle, 'utf8')}\n`),
    /bytes, plugin\.json says/,
    '/bundle/bytes',
  ],
  [
    'a bundle that is huge',
    (p) => writeFile(p.bundle, Buffer.alloc(defaultLimits.bundleBytes + 1)),
    /more than the 20971520 allowed/,
  ],
  [
    'bytes that plugins.json does not pin',
    entry({ integrity: `sha512-${'A'.repeat(86)}==` }),
    /integrity is sha512-/,
    '/integrity',
  ],
  ['another version than plugins.json asks for', entry({ version: '2.0.0' }), /asks for 2\.0\.0/, '/version'],
  [
    'another version than its package.json',
    described((v) => (v['version'] = '1.0.1')),
    /package\.json of 1\.0\.1/,
    '/version',
  ],
  ['a host range that excludes this host', manifest((v) => (v['host'] = '>=9')), /this host is 0\.1\.0/, '/host'],
  [
    'hosts that are not granted',
    manifest((v) => (v['network'] = { baseUrl: 'baseUrl', hosts: ['api.example.com'] })),
    /"grant": \{"hosts":\["api\.example\.com"\]\}/,
    '/network/hosts/0',
  ],
  [
    'memory that is not granted',
    manifest((v) => (v['limits'] = { memoryMb: 1024 })),
    /"grant": \{"memoryMb":1024\}/,
    '/limits/memoryMb',
  ],
  ['a tarball without integrity', entry({ path: './hostile.tgz' }), /required for a tarball/, '/plugins/0/integrity'],
  ['a path that is empty', entry({ path: '' }), /plugins\.json \/plugins\/0\/path/, '/plugins/0/path'],
];

const cases = hostile.map(([what, damage, reason, pointer]) => ({ what, damage, reason, pointer }));

describe('a package in a folder', () => {
  it.each(cases)(
    'with $what fails with its reason while a healthy one is active',
    async ({ damage, reason, pointer }) => {
      await using folder = await tempFolder();
      const house = houseIn(folder.path);
      const sound = await house.copyOf('hostile');
      const place = join(folder.path, 'hostile');
      const change = await damage({
        folder: place,
        manifest: join(place, 'dist/plugin.json'),
        bundle: join(place, 'dist/plugin.js'),
        packageJson: join(place, 'package.json'),
        outside: join(folder.path, 'outside.txt'),
      });
      const { statuses, active } = await load(house, [{ ...sound, ...change }, await house.copyOf('healthy')]);
      expect(statuses).toEqual([
        expect.objectContaining({
          package: '@acme/plugin-hostile',
          state: 'failed',
          reason: expect.stringMatching(reason),
        }),
        expect.objectContaining({ name: 'healthy', version: '1.0.0', state: 'active' }),
      ]);
      expect(statuses[0]?.pointer).toBe(pointer);
      expect(active.find('hostile')).toBeUndefined();
      expect(active.find('healthy')).toBe(statuses[1]?.plugin);
    },
  );

  it('is active when nothing is wrong with it', async () => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const { statuses } = await load(house, [await house.copyOf('hostile')]);
    expect(statuses).toEqual([expect.objectContaining({ name: 'hostile', state: 'active' })]);
  });
});
