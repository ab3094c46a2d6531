import { existsSync } from 'node:fs';
import { chmod, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { lockFolder } from './folder-lock.ts';

/** Opens the embedded database in `<dataFolder>/database`, and makes it on the first start. */
export async function openPglite(dataFolder: string): Promise<{ pglite: PGlite; lock: Disposable }> {
  const folder = join(dataFolder, 'database');
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  using guard = new DisposableStack();
  const lock = guard.use(lockFolder(folder));
  if (!existsSync(folder)) await initialise(folder);
  await chmod(folder, 0o700);
  const pglite = await open(folder);
  guard.move();
  return { pglite, lock };
}

/** A first start takes seconds and may be killed: the folder gets its name when it is complete. */
async function initialise(folder: string): Promise<void> {
  const unfinished = `${folder}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  const pglite = await open(unfinished);
  await pglite.close();
  await rename(unfinished, folder);
}

async function open(folder: string): Promise<PGlite> {
  try {
    // With relaxed durability a commit is acknowledged before it is in the files, and a killed process loses it.
    return await PGlite.create({ dataDir: folder, relaxedDurability: false });
  } catch (error) {
    throw new Error(`the database folder ${folder} cannot be opened`, { cause: error });
  }
}
