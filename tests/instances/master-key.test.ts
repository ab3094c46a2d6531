import { randomBytes } from 'node:crypto';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { loadMasterKey } from '../../host/src/instances/index.ts';
import { temporaryFolder } from '../support/databases.ts';

const bytes = Buffer.from('0123456789abcdef0123456789abcdef');

describe('the master key', () => {
  test('is the same key given as base64, as hex or in the file', async () => {
    await using folder = await temporaryFolder();
    const { path: dataFolder } = folder;
    await writeFile(join(dataFolder, 'master.key'), `${bytes.toString('base64')}\n`, { mode: 0o600 });
    const keys = await Promise.all([
      loadMasterKey({ dataFolder, value: bytes.toString('base64') }),
      loadMasterKey({ dataFolder, value: bytes.toString('hex').toUpperCase() }),
      loadMasterKey({ dataFolder, value: `${bytes.toString('hex')}\n` }),
      loadMasterKey({ dataFolder }),
    ]);
    expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
    for (const { key, id } of keys) {
      expect(key.export()).toEqual(bytes);
      expect(id).toMatch(/^[0-9a-f]{16}$/);
    }
  });

  test('is made once on the first start, readable by its owner only, also when ten start together', async () => {
    await using folder = await temporaryFolder();
    const dataFolder = join(folder.path, 'new');
    const first = await Promise.all(Array.from({ length: 10 }, () => loadMasterKey({ dataFolder })));
    const later = await loadMasterKey({ dataFolder });
    expect(new Set([...first, later].map(({ id }) => id)).size).toBe(1);
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
    const refusal = loadMasterKey({ dataFolder: folder.path, value });
    await expect(refusal).rejects.toThrow(/^JACKFIELD_MASTER_KEY must hold 32 bytes as base64/);
    await expect(refusal).rejects.not.toThrow(value || 'an empty one has nothing to repeat');
    expect(await readdir(folder.path)).toEqual([]);
  });

  test('in a truncated file is refused, and the file is left alone', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'master.key');
    await writeFile(file, bytes.toString('base64').slice(0, 20), { mode: 0o600 });
    await expect(loadMasterKey({ dataFolder: folder.path })).rejects.toThrow(`the key file ${file} must hold 32 bytes`);
    expect(await readFile(file, 'utf8')).toHaveLength(20);
  });

  test.each([0o640, 0o604, 0o660])(
    'in a file that others can read is refused with the remedy (mode %o)',
    async (mode) => {
      await using folder = await temporaryFolder();
      await loadMasterKey({ dataFolder: folder.path });
      const file = join(folder.path, 'master.key');
      await chmod(file, mode);
      await expect(loadMasterKey({ dataFolder: folder.path })).rejects.toThrow(`chmod 600 ${file}`);
    },
  );

  test('does not show itself when it is logged', async () => {
    await using folder = await temporaryFolder();
    const key = await loadMasterKey({ dataFolder: folder.path, value: bytes.toString('hex') });
    const shown = inspect(key, { depth: 9, showHidden: true }) + JSON.stringify(key);
    for (const form of [bytes.toString(), bytes.toString('hex'), bytes.toString('base64'), bytes.join(', ')]) {
      expect(shown).not.toContain(form);
    }
  });
});
