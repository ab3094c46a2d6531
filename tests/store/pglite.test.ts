import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { silentLog } from '../support/log.ts';
import { openStore, type Store } from '../../host/src/store/index.ts';
import { embedded } from '../support/databases.ts';

const open = (dataFolder: string): Promise<Store> =>
  openStore({ dataFolder, limits: defaultLimits.store, log: silentLog });

describe('the embedded database', () => {
  test('is made where nobody else can read it, also when a first start was killed half way', async () => {
    await using place = await embedded.openEmpty();
    const database = join(place.dataFolder, 'database');
    // What such a start leaves behind: a folder without its name, with some of its files.
    await rename(database, `${database}.new`);
    await rm(join(`${database}.new`, 'global'), { recursive: true });
    await using store = await open(place.dataFolder);
    expect(await store.db.selectFrom('instance').selectAll().execute()).toEqual([]);
    expect((await stat(database)).mode & 0o777).toBe(0o700);
  });

  test('is refused to a second process, which names the folder and the process that has it', async () => {
    await using place = await embedded.open();
    const program = join(import.meta.dirname, 'writer.ts');
    const holder = spawn(process.execPath, ['--conditions=jackfield-source', program, place.dataFolder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(holder, 'exit');
    await once(createInterface(holder.stdout), 'line');
    const folder = join(place.dataFolder, 'database');
    await expect(open(place.dataFolder)).rejects.toThrow(`${folder} is in use by process ${holder.pid}.`);
    holder.kill('SIGKILL');
    await exited;
    // The dead process left its lock file and its pid behind; neither is in the way.
    await using store = await open(place.dataFolder);
    expect(await store.db.selectFrom('instance').select('id').limit(1).execute()).toHaveLength(1);
  });

  test('is refused to a second store of the same process, and free when the first one is closed', async () => {
    await using place = await embedded.open();
    {
      await using _first = await open(place.dataFolder);
      await expect(open(place.dataFolder)).rejects.toThrow(`in use by process ${process.pid}`);
    }
    await using again = await open(place.dataFolder);
    await again.ping();
  });

  test('that cannot be opened says which folder it is, and gives the lock back', async () => {
    await using place = await embedded.open();
    const database = join(place.dataFolder, 'database');
    const file = join(database, 'PG_VERSION');
    const version = await readFile(file);
    await writeFile(file, '9.6\n');
    await expect(open(place.dataFolder)).rejects.toThrow(`${database} cannot be opened`);
    await writeFile(file, version);
    await using store = await open(place.dataFolder);
    await store.ping();
  });
});
