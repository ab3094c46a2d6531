// A database as a host leaves it after its first start, made once for all tests.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import host from '../../host/package.json' with { type: 'json' };
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore } from '../../host/src/store/index.ts';
import { createJobQueue } from '../../host/src/sync/job-queue.ts';
import { silentLog } from './log.ts';

const MIGRATIONS = join(import.meta.dirname, '../../host/src/store/migrations');

const QUEUE = join(MIGRATIONS, '../../sync/job-queue.ts');

const WALL = join(MIGRATIONS, '../client-wall.ts');

/** Changes with everything that decides what is in such a database. */
export async function fingerprint(): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(host.dependencies));
  const files = (await readdir(MIGRATIONS)).toSorted().map((file) => join(MIGRATIONS, file));
  for (const file of [...files, QUEUE, WALL]) hash.update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

/** Makes the tables of the host and of its queue. */
export async function prepare(at: { readonly dataFolder: string; readonly databaseUrl?: string }): Promise<void> {
  await using store = await openStore({ ...at, limits: defaultLimits.store, log: silentLog });
  const queue = createJobQueue({
    store,
    limits: defaultLimits.sync,
    log: silentLog,
    onRuns: async () => undefined,
  });
  await queue.start();
  await queue.stop();
}
