// The embedded databases that tests copy. Making one takes four seconds, copying one a few milliseconds: what was made is kept between
// test runs.
import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import host from '../../host/package.json' with { type: 'json' };
import { fingerprint, prepare } from './prepared.ts';

const CACHE = join(import.meta.dirname, '../../node_modules/.cache');

/** Nothing in it. */
export function emptyPglite(): Promise<string> {
  const name = `small-pglite-${host.dependencies['@electric-sql/pglite']}`;
  return kept(name, async (folder) => {
    const database = await PGlite.create(folder);
    await database.close();
    // To make room for what no test has takes a third of the time in which one is opened.
    await appendFile(join(folder, 'postgresql.conf'), `shared_buffers = 16MB\n`);
  });
}

/** With the host's tables in it, and those of its queue. */
export async function preparedPglite(): Promise<string> {
  const empty = await emptyPglite();
  return kept(`small-pglite-${await fingerprint()}`, async (folder) => {
    await cp(empty, join(folder, 'database'), { recursive: true });
    await prepare({ dataFolder: folder });
  }).then((folder) => join(folder, 'database'));
}

async function kept(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return folder;
  await mkdir(CACHE, { recursive: true });
  const unfinished = await mkdtemp(join(CACHE, 'unfinished-'));
  await make(unfinished);
  // Whoever is first keeps the name.
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true }));
  return folder;
}
