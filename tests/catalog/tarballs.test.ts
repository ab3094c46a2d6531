import { access, chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { HostManifestEntry } from '@jackfield/schemas';
import { afterAll, describe, expect, it } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { tempFolder } from '../support/plugin-package.ts';
import {
  archiveOf,
  houseIn,
  load,
  loadFile,
  pack,
  removeBuilt,
  tarballOf,
  tarballWith,
  type ArchiveItem,
  type House,
} from './packages.ts';

afterAll(removeBuilt);

type Make = (house: House) => Promise<HostManifestEntry>;

const withItem =
  (...items: ArchiveItem[]): Make =>
  (house) =>
    tarballWith(house, 'hostile', items);
const ofBytes =
  (bytes: Uint8Array): Make =>
  (house) =>
    tarballOf(house, 'hostile', bytes);

/** A header whose checksum is wrong. */
function broken(): Buffer {
  const archive = archiveOf([{ path: 'package/package.json', content: '{}' }]);
  archive[0] = 0x58;
  return archive;
}

const hostile: readonly (readonly [string, Make, RegExp])[] = [
  ['a path that climbs out', withItem({ path: 'package/../../evil.txt', content: 'x' }), /not a plain relative path/],
  ['a path that climbs at once', withItem({ path: '../evil.txt', content: 'x' }), /not a plain relative path/],
  ['an absolute path', withItem({ path: '/tmp/jackfield-evil.txt', content: 'x' }), /not a plain relative path/],
  ['a path of Windows', withItem({ path: 'package\\..\\evil.txt', content: 'x' }), /not a plain relative path/],
  ['a path with a drive letter', withItem({ path: 'C:/evil.txt', content: 'x' }), /not a plain relative path/],
  ['a path with an empty step', withItem({ path: 'package//evil.txt', content: 'x' }), /not a plain relative path/],
  ['a path with a line break', withItem({ path: 'package/a\nb', content: 'x' }), /not a plain relative path/],
  ['a file beside the top folder', withItem({ path: 'evil.txt', content: 'x' }), /not inside the archive's top folder/],
  ['a symbolic link', withItem({ path: 'package/link', type: 'SymbolicLink', linkpath: '/etc' }), /SymbolicLink/],
  [
    'a link and a file through it',
    withItem({ path: 'package/d', type: 'SymbolicLink', linkpath: '..' }, { path: 'package/d/evil.txt', content: 'x' }),
    /SymbolicLink/,
  ],
  ['a hard link', withItem({ path: 'package/link', type: 'Link', linkpath: '/etc/passwd' }), /Link/],
  ['a device', withItem({ path: 'package/null', type: 'CharacterDevice' }), /CharacterDevice/],
  ['a pipe', withItem({ path: 'package/pipe', type: 'FIFO' }), /FIFO/],
  ['one file twice', withItem({ path: 'package/dist/plugin.js', content: 'evil' }), /twice/],
  ['a file where a folder is', withItem({ path: 'package/dist', content: 'x' }), /EISDIR|EEXIST|ENOTDIR/],
  [
    'more files than a package has',
    withItem(...Array.from({ length: 2001 }, (_, n) => ({ path: `package/${n}` }))),
    /more than 2000 files/,
  ],
  ['60 MB in 60 KB', ofBytes(gzipSync(Buffer.alloc(60 * 1024 * 1024))), /unpacks to more than/],
  ['no gzip data', ofBytes(Buffer.from('PK\u0003\u0004')), /not gzip/],
  [
    'half of its bytes',
    ofBytes(gzipSync(archiveOf([{ path: 'package/package.json', content: 'x'.repeat(2000) }]).subarray(0, 1024))),
    /tarball is refused: .*runcated/,
  ],
  ['a wrong checksum', ofBytes(gzipSync(broken())), /checksum/],
  ['nothing in it', ofBytes(gzipSync(archiveOf([]))), /Unrecognized archive format/],
  [
    'no package.json',
    ofBytes(gzipSync(archiveOf([{ path: 'package/readme.md', content: 'x' }]))),
    /package\.json does not exist/,
  ],
  [
    'another package in it',
    async (house) => ({ ...(await tarballWith(house, 'other', [])), package: '@acme/plugin-hostile' }),
    /plugin-other/,
  ],
  [
    'other bytes than are pinned',
    async (house) => ({ ...(await tarballWith(house, 'hostile', [])), integrity: `sha512-${'A'.repeat(86)}==` }),
    /integrity is sha512-/,
  ],
  [
    'no file behind it',
    async () => ({ package: '@acme/plugin-hostile', path: './gone.tgz', integrity: `sha512-${'A'.repeat(86)}==` }),
    /gone\.tgz does not exist/,
  ],
  [
    'a folder behind it',
    async (house) => {
      await mkdir(join(house.path, 'd.tgz'));
      return { package: '@acme/plugin-hostile', path: './d.tgz', integrity: `sha512-${'A'.repeat(86)}==` };
    },
    /not a regular file/,
  ],
];

const absent = (path: string): Promise<boolean> =>
  access(path).then(
    () => false,
    () => true,
  );

describe('a tarball', () => {
  it.each(hostile)(
    'with %s fails with its reason and leaves nothing behind while a healthy one is active',
    async (_what, make, reason) => {
      await using folder = await tempFolder();
      const house = houseIn(folder.path);
      const healthy = await pack(house, await house.copyOf('healthy'));
      const { statuses, active } = await load(house, [await make(house), healthy]);
      expect(statuses).toEqual([
        expect.objectContaining({
          package: '@acme/plugin-hostile',
          state: 'failed',
          reason: expect.stringMatching(reason),
        }),
        expect.objectContaining({ name: 'healthy', state: 'active' }),
      ]);
      expect(active.find('hostile')).toBeUndefined();
      const written = await readdir(join(folder.path, 'data'), { recursive: true });
      expect(written.filter((name) => name.includes('evil'))).toEqual([]);
      expect(await Promise.all([absent(join(folder.path, 'evil.txt')), absent('/tmp/jackfield-evil.txt')])).toEqual([
        true,
        true,
      ]);
    },
  );

  it('larger than a host reads fails', async () => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const { statuses } = await load(house, [await tarballWith(house, 'hostile', [])], {
      limits: { ...defaultLimits, tarballBytes: 100 },
    });
    expect(statuses[0]).toMatchObject({ state: 'failed', reason: expect.stringMatching(/more than the 100 allowed/) });
  });

  it('is extracted once, and again when its folder was tampered with', async () => {
    await using folder = await tempFolder();
    const house = houseIn(folder.path);
    const entry = await pack(house, await house.copyOf('healthy'));
    const first = (await load(house, [entry])).statuses[0];
    const packages = join(folder.path, 'data/packages');
    const [name = ''] = await readdir(packages);
    const bundle = join(packages, name, 'dist/plugin.js');
    const sound = await readFile(bundle, 'utf8');
    await chmod(bundle, 0o644);
    await writeFile(bundle, 'export default "evil";');
    const warnings: object[] = [];
    const log = { debug() {}, info() {}, warn: (fields: object) => void warnings.push(fields), error() {} };
    const second = (await load(house, [entry], { log })).statuses[0];
    expect(second).toEqual(first);
    expect(second?.state).toBe('active');
    expect(await readFile(bundle, 'utf8')).toBe(sound);
    expect(warnings).toHaveLength(1);
    expect((await load(house, [entry], { log })).statuses[0]).toEqual(first);
    expect(warnings).toHaveLength(1);
    expect(await readdir(packages)).toEqual([name]);
  });

  it('that four hosts extract at the same time is active in all', async () => {
    for (let round = 0; round < 5; round += 1) {
      await using folder = await tempFolder();
      const house = houseIn(folder.path);
      const entry = await pack(house, await house.copyOf('healthy'));
      await writeFile(join(folder.path, 'plugins.json'), JSON.stringify({ plugins: [entry] }));
      const all = await Promise.all(Array.from({ length: 4 }, () => loadFile(house)));
      expect(all.map(({ statuses }) => statuses[0]?.reason ?? statuses[0]?.state)).toEqual(Array(4).fill('active'));
      expect(await readdir(join(folder.path, 'data/packages'))).toHaveLength(1);
    }
  });
});
