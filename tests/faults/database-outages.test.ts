// PostgreSQL that restarts in the middle of a sync, or ends a session in the middle of a transaction: no host dies, and the work goes
// on when the server is back, not when a lease is over.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder, type TestDatabase } from '../support/databases.ts';
import { startHostProcess } from '../support/host-process.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { startOwnPostgres } from '../support/postgres.ts';
import { createRandom, FULL, SEED } from '../support/random.ts';
import { until } from '../support/until.ts';
import { addInstance, untilCaughtUp } from './support/books.ts';
import { pollHealth } from './support/health.ts';
import { assertInvariants, differenceTo, withDatabase } from './support/invariants.ts';
import { databasePoints, vendorPoints, type KillPoint } from './support/kill-points.ts';
import { buildLedger } from './support/ledger-plugin.ts';
import { type LedgerStream, LedgerVendor, STREAMS } from './support/ledger-vendor.ts';

const OUTAGES = FULL ? 20 : 2;
const RESUME = 5000;
const HEALTHY = 250;

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await buildLedger();
});
afterAll(() => plugin[Symbol.asyncDispose]());

/** A database on this server, and a folder for the host. */
async function makePlace(serverUrl: string): Promise<TestDatabase & { readonly databaseUrl: string }> {
  const name = `outage_${randomBytes(4).toString('hex')}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const folder = await temporaryFolder();
  return { databaseUrl: url.href, dataFolder: folder.path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

test(
  `${OUTAGES} restarts and ${OUTAGES} ended sessions in the middle of a sync hold nobody up (seed ${SEED})`,
  { timeout: OUTAGES * 60_000 + 120_000 },
  async () => {
    const random = createRandom(SEED);
    await using server = await startOwnPostgres();
    await using place = await makePlace(server.url);
    await using vendor = await LedgerVendor.start();
    await using running = await startHostProcess(place, { plugins: [plugin] });
    vendor.change(random, 130);
    await addInstance(running.api, vendor.url);
    await untilCaughtUp(running.api, vendor, Date.now());
    const ready = async (): Promise<number> => (await fetch(`${running.url}/readyz`)).status;
    expect(await ready()).toBe(200);
    const health = pollHealth(running.url);
    const resumed: number[] = [];
    const readyAfter: number[] = [];

    const outage = async (
      stream: LedgerStream,
      point: KillPoint,
      harm: (pid?: number) => Promise<void>,
    ): Promise<void> => {
      const changedAt = Date.now();
      let backAt: number;
      {
        await using armed = await point.arm(1 + random(point.times));
        vendor.change(random, 130);
        await armed.reached;
        await harm(await armed.waiting?.());
        backAt = performance.now();
      }
      expect(await until(async () => ((await ready()) === 200 ? true : undefined), RESUME)).toBe(true);
      readyAfter.push(performance.now() - backAt);
      await until(async () => vendor.pages.find((page) => page.stream === stream && page.at > backAt));
      resumed.push((vendor.pages.find((page) => page.stream === stream && page.at > backAt)?.at ?? 0) - backAt);
      await untilCaughtUp(running.api, vendor, changedAt);
      expect(running.child.exitCode).toBeNull();
      await withDatabase(place, async (db) => {
        await assertInvariants(db, vendor);
        expect(await differenceTo(db, vendor, 'books'), point.name).toBeUndefined();
      });
    };

    for (let round = 0; round < OUTAGES; round += 1) {
      const stream = STREAMS[random(STREAMS.length)] ?? 'accounts';
      const inside = databasePoints(place.databaseUrl, stream).filter(({ name }) => /batch|the cursor/.test(name));
      const points = [...inside, ...vendorPoints(vendor, stream, random(30)).slice(1)];
      const point = points[random(points.length)];
      const session = inside[random(inside.length)];
      if (point === undefined || session === undefined) throw new Error('there is no point');
      await outage(stream, point, async () => {
        await server.stop();
        await until(async () => ((await ready()) === 503 ? true : undefined));
        const { status, body } = await running.api.call('GET', '/api/instances');
        expect([status, body['code'], body['detail']]).toEqual([500, 'internal', 'the database does not answer']);
        expect(body['next']).toContain('/readyz');
        await server.start();
      });
      await outage(stream, session, async (pid) => {
        expect(pid).toBeDefined();
        const client = new pg.Client({ connectionString: place.databaseUrl });
        await client.connect();
        await client.query('select pg_terminate_backend($1)', [pid]);
        await client.end();
      });
    }
    const { slowest, p99 } = await health.stop();
    expect(resumed).toHaveLength(OUTAGES * 2);
    const figures = `resumed after ${resumed.map(Math.round).join(', ')} ms, ready after ${readyAfter.map(Math.round).join(', ')} ms, /healthz ${Math.round(p99)} ms, slowest ${Math.round(slowest)} ms`;
    process.stdout.write(`${figures}\n`);
    expect(Math.max(...resumed), figures).toBeLessThan(RESUME);
    expect(p99, figures).toBeLessThan(HEALTHY);
    running.child.kill('SIGTERM');
    expect(await running.exited).toEqual([0, null]);
  },
);
