// A host that stands still for longer than its lease and then goes on: another one has its work, and it may write nothing of it.
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addInstance, endLeases, jobsOf, untilCaughtUp } from '../faults/support/books.ts';
import { assertInvariants, differenceTo, withDatabase } from '../faults/support/invariants.ts';
import { databasePoints, vendorPoints } from '../faults/support/kill-points.ts';
import { buildLedger } from '../faults/support/ledger-plugin.ts';
import { LedgerVendor } from '../faults/support/ledger-vendor.ts';
import { server, type TestDatabase } from '../support/databases.ts';
import { startHostProcess, type HostProcess } from '../support/host-process.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { createRandom, FULL, SEED } from '../support/random.ts';
import { until } from '../support/until.ts';

/** Most of the time is waiting, for locks and leases: pairs of hosts do it side by side. */
const PAIRS = FULL ? 5 : 1;
const STOPS = FULL ? 20 : 1;

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await buildLedger();
});
afterAll(() => plugin[Symbol.asyncDispose]());

/** Stops all of them, sees which one reads the entries, and lets the others go on. Undefined when none did any more. */
async function stopReader(
  place: TestDatabase,
  hosts: readonly HostProcess[],
): Promise<{ stopped: HostProcess; runId: string } | undefined> {
  for (const { child } of hosts) child.kill('SIGSTOP');
  const [run] = await withDatabase(
    place,
    async (db) =>
      (
        await sql<{ id: string; host: string }>`
        select id, host from run where state = 'running' and stream = 'entries'`.execute(db)
      ).rows,
  );
  const stopped = hosts.find(({ pid }) => run?.host.split('/')[1] === String(pid));
  for (const { child } of hosts.filter((host) => host !== stopped)) child.kill('SIGCONT');
  return run === undefined || stopped === undefined ? undefined : { stopped, runId: run.id };
}

test.concurrent.each(Array.from({ length: PAIRS }, (_, pair) => SEED + pair))(
  `a host that is stopped in the middle of a run is refused what it writes when it goes on: ${STOPS} of ${STOPS} (seed %i)`,
  { timeout: STOPS * 60_000 + 90_000 },
  async (seed) => {
    const random = createRandom(seed);
    await using place = await server.open();
    await using vendor = await LedgerVendor.start();
    await using one = await startHostProcess(place, { plugins: [plugin] });
    await using other = await startHostProcess(place, { plugins: [plugin] });
    vendor.change(random, 130);
    await addInstance(one.api, vendor.url);
    await untilCaughtUp(one.api, vendor, Date.now());
    let refused = 0;
    for (let round = 1; refused < STOPS; round += 1) {
      // It stops while it waits for the vendor, just after it was answered, or in the middle of its commit.
      const points = [
        ...vendorPoints(vendor, 'entries', random(10)),
        ...databasePoints(place.databaseUrl ?? '', 'entries').filter(({ name }) =>
          /after a batch|after the cursor/.test(name),
        ),
      ];
      const point = points[(round - 1) % points.length];
      if (point === undefined) throw new Error('there is no point');
      const changedAt = Date.now();
      const reader = await (async () => {
        await using armed = await point.arm(point.times);
        vendor.change(random, 130);
        await armed.reached;
        return await stopReader(place, [one, other]);
      })();
      // It was faster than the signal.
      if (reader === undefined) continue;
      const { stopped, runId } = reader;
      const alive = stopped === one ? other : one;
      await until(async () => {
        // The locks of a transaction that it stands in are waited for.
        await endLeases(place);
        const entries = (await jobsOf(alive.api)).find(({ stream }) => stream === 'entries');
        return entries?.cursor === vendor.entries.length ? true : undefined;
      }, 40_000);
      await untilCaughtUp(alive.api, vendor, changedAt);
      const told = stopped.output.length;
      stopped.child.kill('SIGCONT');
      await until(async () => {
        const said = stopped.output.slice(told).filter((line) => line.includes(runId));
        return said.some((line) => line.includes('was taken over by another host')) ? true : undefined;
      });
      refused += 1;
      await withDatabase(place, async (db) => {
        await assertInvariants(db, vendor);
        expect(await differenceTo(db, vendor, 'books'), `stop ${round} of seed ${seed}, ${point.name}`).toBeUndefined();
        const { rows } = await sql`select state from run where id = ${runId}`.execute(db);
        expect(rows).toEqual([{ state: 'abandoned' }]);
      });
    }
    expect(refused).toBe(STOPS);
  },
);
