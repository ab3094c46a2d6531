import { randomBytes } from 'node:crypto';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { loadMasterKeys } from '../../host/src/secrets/index.ts';
import { temporaryFolder } from '../support/databases.ts';

const bytes = Buffer.from('0123456789abcdef0123456789abcdef');

describe('the master key', () => {
  test('is the same key given as base64, as hex or in the file', async () => {
    await using folder = await temporaryFolder();
    const { path: dataFolder } = folder;
    await writeFile(join(dataFolder, 'master.key'), `${bytes.toString('base64')}\n`, { mode: 0o600 });
    const keys = await Promise.all([
      loadMasterKeys({ dataFolder, value: bytes.toString('base64') }),
      loadMasterKeys({ dataFolder, value: bytes.toString('hex').toUpperCase() }),
      loadMasterKeys({ dataFolder, value: `${bytes.toString('hex')}\n` }),
      loadMasterKeys({ dataFolder }),
    ]);
    expect(new Set(keys.map(({ current }) => current.id)).size).toBe(1);
    for (const { current } of keys) {
      const { key, id } = current;
      expect(key.export()).toEqual(bytes);
      expect(id).toMatch(/^[0-9a-f]{16}$/);
    }
  });

  test('is made once on the first start, readable by its owner only, also when ten start together', async () => {
    await using folder = await temporaryFolder();
    const dataFolder = join(folder.path, 'new');
    const first = await Promise.all(Array.from({ length: 10 }, () => loadMasterKeys({ dataFolder })));
    const later = await loadMasterKeys({ dataFolder });
    expect(new Set([...first, later].map(({ current }) => current.id)).size).toBe(1);
    expect(await readdir(dataFolder)).toEqual(['master.key']);
    expect((await stat(join(dataFolder, 'master.key'))).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['empty', ''],
    ['short', randomBytes(31).toString('base64')],
    ['long', randomBytes(33).toString('hex')],
    ['a passphrase', 'correct horse battery staple, and more words'],
    ['hex with a wrong digit', `${'0'.repeat(63)}g`],
  ])('that is %s is refused without repeating it', async (_, value) => {
    await using folder = await temporaryFolder();
    const refusal = loadMasterKeys({ dataFolder: folder.path, value });
    await expect(refusal).rejects.toThrow(/^JACKFIELD_MASTER_KEY must hold 32 bytes as base64/);
    await expect(refusal).rejects.not.toThrow(value || 'an empty one has nothing to repeat');
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('in a truncated file is refused, and the file is left alone', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'master.key');
    await writeFile(file, bytes.toString('base64').slice(0, 20), { mode: 0o600 });
    await expect(loadMasterKeys({ dataFolder: folder.path })).rejects.toThrow(
      `the key file ${file} must hold 32 bytes`,
    );
    expect(await readFile(file, 'utf8')).toHaveLength(20);
  });

  test('may be followed by others, which still open what they sealed', async () => {
    await using folder = await temporaryFolder();
    const older = randomBytes(32).toString('base64');
    const value = `${bytes.toString('hex')}, ${older}`;
    const keys = await loadMasterKeys({ dataFolder: folder.path, value });
    expect(keys.ids).toHaveLength(2);
    expect(keys.current.key.export()).toEqual(bytes);
    expect(keys.find(keys.ids[1] ?? '')?.key.export()).toEqual(Buffer.from(older, 'base64'));
    await expect(loadMasterKeys({ dataFolder: folder.path, value: `${value}x` })).rejects.toThrow('got 45 characters');
  });

  test('in a file is replaced by a new one that goes before it, and dropped at the end', async () => {
    await using folder = await temporaryFolder();
    const keys = await loadMasterKeys({ dataFolder: folder.path });
    const old = keys.current.id;
    const added = await keys.add();
    expect(keys.ids).toEqual([added.id, old]);
    expect((await loadMasterKeys({ dataFolder: folder.path })).ids).toEqual([added.id, old]);
    await keys.drop(added.id);
    expect(keys.ids, 'the one in use stays').toEqual([added.id, old]);
    await keys.drop(old);
    expect((await loadMasterKeys({ dataFolder: folder.path })).ids).toEqual([added.id]);
    expect(await readdir(folder.path)).toEqual(['master.key']);
    expect((await stat(join(folder.path, 'master.key'))).mode & 0o777).toBe(0o600);
  });

  test.each([0o640, 0o604, 0o660])(
    'in a file that others can read is refused with the remedy (mode %o)',
    async (mode) => {
      await using folder = await temporaryFolder();
      await loadMasterKeys({ dataFolder: folder.path });
      const file = join(folder.path, 'master.key');
      await chmod(file, mode);
      await expect(loadMasterKeys({ dataFolder: folder.path })).rejects.toThrow(`chmod 600 ${file}`);
    },
  );

  test('does not show itself when it is logged', async () => {
    await using folder = await temporaryFolder();
    const key = await loadMasterKeys({ dataFolder: folder.path, value: bytes.toString('hex') });
    const shown = inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key);
    for (const form of [bytes.toString(), bytes.toString('hex'), bytes.toString('base64'), bytes.join(', ')]) {
      expect(shown).not.toContain(form);
    }
  });
});
