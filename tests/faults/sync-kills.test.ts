// A host that is killed at any point of a sync: whoever goes on has lost nothing and doubles nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { oneOf } from '../support/databases.ts';
import { startHostProcess, type HostProcess } from '../support/host-process.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { createRandom, FULL, SEED } from '../support/random.ts';
import { addInstance, endLeases, TOKEN, untilCaughtUp } from './support/books.ts';
import { assertInvariants, differenceTo, withDatabase } from './support/invariants.ts';
import { databasePoints, vendorPoints, type KillPoint } from './support/kill-points.ts';
import { buildLedger } from './support/ledger-plugin.ts';
import { type LedgerStream, LedgerVendor, STREAMS } from './support/ledger-vendor.ts';

const KILLS = FULL ? 50 : 2;
/** Every so many kills the lease is waited for; else it is over at once. */
const PATIENT = FULL ? 10 : 2;
const { lease } = defaultLimits.sync;
const RESUME = lease + 5000;

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await buildLedger();
});
afterAll(() => plugin[Symbol.asyncDispose]());

describe.each(oneOf)('on $name', (database) => {
  test(
    `a host that is killed at ${KILLS} points of a sync loses nothing and doubles nothing (seed ${SEED})`,
    { timeout: KILLS * 60_000 },
    async () => {
      const random = createRandom(SEED);
      await using place = await database.open();
      await using vendor = await LedgerVendor.start();
      await using stack = new AsyncDisposableStack();
      const outputs: (readonly string[])[] = [];
      const start = async (): Promise<HostProcess> => {
        const started = stack.use(await startHostProcess(place, { plugins: [plugin] }));
        outputs.push(started.output);
        return started;
      };
      let running = await start();
      vendor.change(random, 130);
      await addInstance(running.api, vendor.url);
      await untilCaughtUp(running.api, vendor, Date.now());

      const pointsOf = (stream: LedgerStream): KillPoint[] => {
        const seen = vendorPoints(vendor, stream, random(30));
        return place.databaseUrl === undefined ? seen : [...seen, ...databasePoints(place.databaseUrl, stream)];
      };
      const resumed: number[] = [];
      const fired = new Map<string, number>();
      for (let round = 1; round <= KILLS; round += 1) {
        const stream = STREAMS[random(STREAMS.length)] ?? 'accounts';
        const points = pointsOf(stream);
        const point = points[random(points.length)];
        if (point === undefined) throw new Error('there is no point');
        const what = `kill ${round} of seed ${SEED}, ${point.name}`;
        const changedAt = Date.now();
        let killedAt: number;
        {
          await using armed = await point.arm(1 + random(point.times));
          vendor.change(random, 130);
          await Promise.race([armed.reached, failLate(what)]);
          running.child.kill('SIGKILL');
          killedAt = performance.now();
          expect(await running.exited, what).toEqual([null, 'SIGKILL']);
        }
        fired.set(point.name, (fired.get(point.name) ?? 0) + 1);
        await withDatabase(place, (db) => assertInvariants(db, vendor));
        const isPatient = round % PATIENT === 0;
        if (!isPatient) await endLeases(place);
        running = await start();
        await untilCaughtUp(running.api, vendor, changedAt);
        const next = vendor.pages.find((page) => page.stream === stream && page.at > killedAt);
        if (isPatient) resumed.push((next?.at ?? Infinity) - killedAt);
        if (place.databaseUrl === undefined) continue;
        await withDatabase(place, async (db) => {
          await assertInvariants(db, vendor);
          expect(await differenceTo(db, vendor, 'books'), what).toBeUndefined();
        });
      }
      expect(outputs.flat().filter((line) => line.includes(TOKEN))).toEqual([]);
      running.child.kill('SIGTERM');
      expect(await running.exited).toEqual([0, null]);
      await withDatabase(place, async (db) => {
        await assertInvariants(db, vendor);
        expect(await differenceTo(db, vendor, 'books')).toBeUndefined();
      });
      const count = [...fired.values()].reduce((sum, n) => sum + n, 0);
      expect(count).toBe(KILLS);
      expect(Math.max(...resumed), `resumed after ${resumed.map(Math.round).join(', ')} ms`).toBeLessThan(RESUME);
      process.stdout.write(
        `${database.name}: ${count} kills at ${fired.size} points, resumed after ${resumed.map(Math.round).join(', ')} ms\n`,
      );
    },
  );
});

async function failLate(what: string): Promise<never> {
  await sleep(30_000, undefined, { ref: false });
  throw new Error(`${what}: the host was never there`);
}
