import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { createGateway } from '../../host/src/gateway/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { PortClient } from './support/port-client.ts';
import { startGateway, until } from './support/setup.ts';
import type { TestGateway } from './support/setup.ts';
import { startVendor } from './support/vendor.ts';

/** A gateway, and every thread it has started so far. */
async function startWatched(): Promise<{ gateway: TestGateway; threads: Worker[]; done: () => void }> {
  const threads: Worker[] = [];
  const watch = (worker: Worker): number => threads.push(worker);
  process.on('worker', watch);
  const gateway = await startGateway();
  return { gateway, threads, done: () => process.off('worker', watch) };
}

test('when the gateway thread is killed its runs lose their ports, and a new thread serves new runs', async () => {
  await using vendor = await startVendor((seen, response) => (seen.url === '/hang' ? undefined : response.end('fine')));
  const { gateway: started, threads, done } = await startWatched();
  await using gateway = started;
  const lost = gateway.open({ baseUrl: vendor.origin });
  lost.client.call(`${vendor.origin}/hang`);
  await until(() => vendor.seen.length === 1, 'a call is in flight');
  const killed = threads[0]?.terminate();
  // Opened while the thread is dying: it is served by the new thread, or its port closes; it never hangs.
  const between = gateway.open({ baseUrl: vendor.origin });
  const fate = Promise.race([between.client.get(vendor.origin), between.client.closed.then(() => 'closed')]);
  await killed;
  await lost.client.closed;
  expect(lost.run.vendorCalls()).toBe(1);
  lost.run.close();
  expect(await fate).toBeDefined();
  await until(() => threads.length === 2, 'a new thread is started');
  const next = gateway.open({ baseUrl: vendor.origin });
  expect((await next.client.get(vendor.origin)).body.toString()).toBe('fine');
  expect(gateway.lines).toMatchObject([
    { level: 'error', fields: { lost: 2 }, message: 'the gateway thread ended and is replaced' },
  ]);
  await until(() => vendor.sockets.size <= 1, 'the connection of the dead thread is gone');
  done();
});

test('it survives being killed many times in a row', async () => {
  await using vendor = await startVendor((_, response) => response.end('fine'));
  const { gateway: started, threads, done } = await startWatched();
  await using gateway = started;
  for (let round = 1; round <= 5; round++) {
    const { client } = gateway.open({ baseUrl: vendor.origin });
    expect((await client.get(vendor.origin)).body.toString()).toBe('fine');
    await threads.at(-1)?.terminate();
    await until(() => threads.length === round + 1, 'a new thread is started');
  }
  done();
});

test("a run's thread that dies without a word has its connections closed", async () => {
  await using vendor = await startVendor((_, response) => response.write('x'));
  await using gateway = await startGateway();
  const run = gateway.gateway.openRun(
    { runId: 'run', plugin: 'desk' },
    {
      instanceId: 'acme',
      revision: 1,
      baseUrl: vendor.origin,
      hosts: [],
      credentials: null,
    },
  );
  const thread = new Worker(
    `const { workerData } = require('node:worker_threads');
     const request = { t: 'request', id: 1, method: 'GET', url: workerData.url, headers: [], body: null, redirect: 'follow', credits: 1 };
     workerData.port.on('message', () => {});
     workerData.port.postMessage(request);`,
    { eval: true, workerData: { port: run.port, url: vendor.origin }, transferList: [run.port] },
  );
  await until(() => vendor.seen.length === 1, 'the call is in flight');
  await thread.terminate();
  await until(() => vendor.sockets.size === 0, 'the connection is closed', 1000);
  expect(run.vendorCalls()).toBe(1);
  run.close();
});

test('a gateway may be started and stopped twice, and started again', async () => {
  await using vendor = await startVendor((_, response) => response.end('fine'));
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const gateway = createGateway({ limits: defaultLimits.gateway, log });
  const connection = { instanceId: 'a', revision: 1, baseUrl: vendor.origin, hosts: [], credentials: null };

  const before = new PortClient(gateway.openRun({ runId: 'early', plugin: 'desk' }, connection).port);
  await before.closed;
  for (let round = 0; round < 2; round++) {
    const first = gateway.start();
    expect(gateway.start()).toBe(first);
    await first;
    const { port } = gateway.openRun({ runId: `run-${round}`, plugin: 'desk' }, connection);
    const client = new PortClient(port);
    expect((await client.get(vendor.origin)).body.toString()).toBe('fine');
    await Promise.all([gateway.stop(), gateway.stop()]);
    await client.closed;
  }
});

test('a stopped gateway leaves no thread behind', async () => {
  const { gateway, threads, done } = await startWatched();
  let exits = 0;
  threads[0]?.on('exit', () => exits++);
  await gateway.gateway.stop();
  await until(() => exits === 1, 'the thread has ended');
  expect(threads.length).toBe(1);
  expect(gateway.lines).toEqual([]);
  done();
});
