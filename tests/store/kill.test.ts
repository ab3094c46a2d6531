import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { SHORT_LIVED } from '../support/host-process.ts';
import { silentLog } from '../support/log.ts';
import { openStore } from '../../host/src/store/index.ts';
import { databases, type TestDatabase } from '../support/databases.ts';

const KILLS = process.env['JACKFIELD_TEST_SCALE'] === 'full' ? 40 : 4;

/** Starts a writer, kills it when it has acknowledged `count` rows, and returns the last row that it acknowledged. */
async function writeAndKill({ dataFolder, databaseUrl }: TestDatabase, first: number, count: number): Promise<number> {
  const program = join(import.meta.dirname, 'writer.ts');
  const url = databaseUrl === undefined ? [] : [databaseUrl];
  const writer = spawn(
    process.execPath,
    [SHORT_LIVED, '--conditions=jackfield-source', program, dataFolder, String(first), ...url],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(writer, 'exit');
  let last = first - 1;
  for await (const line of createInterface(writer.stdout)) {
    last = Number(line);
    if (last === first + count - 1) writer.kill('SIGKILL');
  }
  expect((await exited)[1], 'the writer did not live until it was killed').toBe('SIGKILL');
  return last;
}

describe.each(databases)('a host on $name', (database) => {
  test(
    `that is killed (${KILLS} times) loses no row that it acknowledged and keeps no half of one`,
    { timeout: KILLS * 60_000 },
    async () => {
      await using place = await database.open();
      // fast-check prints the seed when it fails; the counts say how far a writer gets before it is killed.
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 1, max: 60 }), { minLength: KILLS, maxLength: KILLS }),
          async (counts) => {
            let next = 0;
            for (const count of counts) {
              const last = await writeAndKill(place, next, count);
              await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
              const rows = await store.db
                .selectFrom('instance')
                .leftJoin('instance_secret', 'instance_id', 'id')
                .select(['revision', 'ciphertext'])
                .orderBy('revision')
                .execute();
              expect(rows.length).toBeGreaterThan(last);
              expect(rows).toEqual(rows.map((_, number) => ({ revision: number, ciphertext: String(number) })));
              next = rows.length;
            }
          },
        ),
        { numRuns: 1, endOnFailure: true },
      );
    },
  );
});
