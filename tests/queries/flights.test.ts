import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../host/src/clock.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { Flight, type FlightReader } from '../../host/src/queries/flight.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import { buildTestPlugin, queryPlugin, type TestPlugin } from '../support/plugins.ts';
import { expectProblem } from '../support/problem.ts';
import { runQuery, testSandbox } from '../support/sandbox.ts';
import { json, silence, startVendor, type Vendor } from '../support/vendor.ts';

const VIEWERS = 50;
const limits = { gateway: { ...defaultLimits.gateway, retries: 0 } };

let desk: TestPlugin;
beforeAll(async () => {
  desk = await buildDesk();
});
afterAll(() => desk[Symbol.asyncDispose]());

describe.each(oneOf)('on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  let vendor: Vendor;
  let id = '';
  let number = 0;
  /** Answers every call that waits. */
  let release = (): void => undefined;

  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [desk], limits });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });
  beforeEach(async ({ onTestFinished }) => {
    const waiting: (() => void)[] = [];
    release = () => waiting.splice(0).forEach((answer) => answer());
    vendor = await startVendor((request, response) => {
      waiting.push(() => json([{ z: vendor.calls.length, a: 'row' }])(request, response));
    });
    onTestFinished(() => vendor.close());
    id = `desk-${(number += 1)}`;
    const config = { baseUrl: vendor.url };
    await running.api.call('POST', '/api/instances', { id, plugin: 'desk', name: id, config });
  });

  const view = (query: string, init: RequestInit = {}): Promise<Response> =>
    running.api.send('GET', `/api/instances/${id}/queries/${query}`, undefined, init);

  /** Resolves when the host has taken this many requests that it has not answered. */
  async function untilOpen(count: number): Promise<void> {
    const open = (): Promise<number> =>
      new Promise((resolve) => running.host.app.server.getConnections((_error, n) => resolve(n)));
    await expect.poll(open, { timeout: 10_000 }).toBeGreaterThanOrEqual(count);
    // The vendor has been asked, and whoever is behind the first has had its turn.
    await expect.poll(() => vendor.calls.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(1);
    for (let turn = 0; turn < 5; turn += 1) await running.api.call('GET', `/api/instances/${id}`);
  }

  test(`${VIEWERS} viewers at once, in two formats, are one call of the vendor`, async () => {
    const accepts = Array.from({ length: VIEWERS }, (_, n) =>
      n % 2 === 0 ? 'application/json' : 'application/x-ndjson',
    );
    const viewers = accepts.map((accept) => view('uncached', { headers: { accept } }));
    await untilOpen(VIEWERS);
    release();
    const texts = await Promise.all(viewers.map(async (viewer) => (await viewer).text()));
    const documents = texts.filter((_, n) => n % 2 === 0).map((text) => JSON.parse(text) as unknown);
    for (const document of documents) {
      expect(document).toMatchObject({ rows: [{ z: 1, a: 'row' }], meta: { vendorCalls: 1, rowCount: 1 } });
    }
    expect(texts.filter((_, n) => n % 2 === 1)).toEqual(documents.map(() => '{"z":1,"a":"row"}\n'));
    expect(vendor.calls).toHaveLength(1);
  });

  test('viewers of other params have a call of their own', async () => {
    const viewers = ['uncached?n=1', 'uncached?n=2', 'uncached?n=1'].map((query) => view(query));
    await untilOpen(3);
    await expect.poll(() => vendor.calls.length).toBe(2);
    release();
    await Promise.all(viewers.map(async (viewer) => expect((await viewer).status).toBe(200)));
    expect(vendor.calls).toHaveLength(2);
  });

  test('a run that fails, fails every viewer with its code', async () => {
    vendor.answer = silence;
    const viewers = Array.from({ length: VIEWERS }, () => view('uncached'));
    await untilOpen(VIEWERS);
    await vendor.close();
    const ids = await Promise.all(
      viewers.map(async (viewer) => (await expectProblem(await viewer, 503, 'vendor_unavailable')).requestId),
    );
    expect(new Set(ids).size).toBe(VIEWERS);
    expect(vendor.calls).toHaveLength(1);
  });

  test('a viewer that leaves does not end the run of the others', async () => {
    const leaving = new AbortController();
    const left = view('uncached', { signal: leaving.signal });
    const others = [view('uncached'), view('uncached')];
    await untilOpen(3);
    leaving.abort();
    await expect(left).rejects.toThrow('aborted');
    await running.api.call('GET', `/api/instances/${id}`);
    release();
    for (const other of others) expect(await (await other).json()).toMatchObject({ rows: [{ z: 1 }] });
    expect(vendor.calls).toHaveLength(1);
    expect(vendor.hangUps).toBe(0);
  });

  test('when the last viewer leaves before the first row, the call of the vendor is given up', async () => {
    const leaving = new AbortController();
    const viewers = [1, 2, 3].map(() => view('uncached', { signal: leaving.signal }));
    await untilOpen(3);
    leaving.abort();
    await Promise.allSettled(viewers);
    await expect.poll(() => vendor.hangUps, { timeout: 3000 }).toBe(1);
    expect(vendor.calls).toHaveLength(1);
  });

  test('when the last viewer leaves in the middle, the call of the vendor is given up', async () => {
    const leaving = new AbortController();
    const response = await view('first_then_wait', {
      signal: leaving.signal,
      headers: { accept: 'application/x-ndjson' },
    });
    const reader = response.body?.getReader();
    expect(new TextDecoder().decode((await reader?.read())?.value)).toBe('{"z":1}\n');
    await expect.poll(() => vendor.calls.length).toBe(1);
    leaving.abort();
    await expect.poll(() => vendor.hangUps, { timeout: 3000 }).toBe(1);
  });

  test('who comes after everybody has left gets a run of its own', async () => {
    const leaving = new AbortController();
    const left = view('uncached', { signal: leaving.signal });
    await untilOpen(1);
    leaving.abort();
    await expect(left).rejects.toThrow('aborted');
    await expect.poll(() => vendor.hangUps, { timeout: 3000 }).toBe(1);
    const next = view('uncached');
    await expect.poll(() => vendor.calls.length).toBe(2);
    release();
    expect(await (await next).json()).toMatchObject({ rows: [{ z: 2 }] });
  });

  test('viewers of a result that is too large to keep read it whole, each at its own pace', async () => {
    vendor.answer = json({});
    const path = 'many?rows=100000';
    const sizes = await Promise.all(
      [view(path), view(path), view(path)].map(
        async (viewer) => ((await (await viewer).json()) as { rows: unknown[] }).rows.length,
      ),
    );
    expect(sizes).toEqual([100_000, 100_000, 100_000]);
  });
});

test('a flight that everybody left before its end is neither joined nor kept, though its run went well', async () => {
  // More than a chunk, and less than what is sent without being asked for.
  await using plugin = await buildTestPlugin(queryPlugin('for (let n = 0; n < 50_000; n++) yield { n };'));
  await using sandbox = testSandbox();
  const run = runQuery(sandbox, plugin.version);
  const flight = new Flight(run, { keepBytes: 10_000_000, stall: 1000 }, systemClock);
  const reader = flight.join();
  const first = await reader.next();
  expect(await run.result).toMatchObject({ rows: 50_000 });
  expect(first?.rows).toBeLessThan(50_000);
  expect(flight.isWhole).toBe(true);
  reader.close();
  await flight.ended;
  expect(flight.isWhole).toBe(false);
});

test('of two readers the one that stops is dropped, and one that is only slow is not', async () => {
  await using plugin = await buildTestPlugin(queryPlugin('for (let n = 0; n < 400_000; n++) yield { n };'));
  await using sandbox = testSandbox();
  const flight = new Flight(runQuery(sandbox, plugin.version), { keepBytes: 500_000, stall: 400 }, systemClock);
  const [fast, slow, stopped] = [flight.join(), flight.join(), flight.join()];
  const startedAt = performance.now();
  const read = async (reader: FlightReader, pause: number): Promise<number> => {
    let rows = 0;
    for (let chunk = await reader.next(); chunk !== null; chunk = await reader.next()) {
      rows += chunk.rows;
      await setTimeout(pause);
    }
    return rows;
  };
  // It holds the others up, reads on, and only then stops for good.
  await stopped.next();
  void setTimeout(200).then(() => stopped.next());
  expect(await Promise.all([read(fast, 0), read(slow, 30)])).toEqual([400_000, 400_000]);
  expect(performance.now() - startedAt).toBeGreaterThan(800);
  while ((await stopped.next()) !== null);
  expect(await stopped.result()).toMatchObject({ problem: { code: 'timeout' } });
});

test.each([1, 2])(
  'rows belong to their reader when it is the only one and others cannot come: %i readers',
  async (readers) => {
    await using plugin = await buildTestPlugin(queryPlugin('for (let n = 0; n < 100_000; n++) yield { n };'));
    await using sandbox = testSandbox();
    const flight = new Flight(runQuery(sandbox, plugin.version), { keepBytes: 500_000, stall: 1000 }, systemClock);
    const [reader, ...others] = Array.from({ length: readers }, () => flight.join());
    // Whoever has left may still have on the way what it was given.
    for (const other of others) other.close();
    const isOwn: boolean[] = [];
    for (let chunk = await reader?.next(); chunk; chunk = await reader?.next()) isOwn.push(chunk.isOwn === true);
    expect(isOwn[0]).toBe(false);
    expect(isOwn.at(-1)).toBe(readers === 1);
  },
);
