// A vendor that keeps failing is left alone, tried by one call after a while, and asked again when it is back.
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BreakerState, GateState } from '../../host/src/gateway/index.ts';
import { movableClock } from '../support/host.ts';
import { startGateway, until, type TestGateway } from './support/setup.ts';
import { startVendor, type Vendor } from './support/vendor.ts';
import type { Reply } from './support/port-client.ts';

const MINUTE = 60_000;

const clock = movableClock();
const changes: (readonly [string, BreakerState])[] = [];
let gateway: TestGateway;
/** The same, and impatient. */
let impatient: TestGateway;
beforeAll(async () => {
  const onBreaker = (instanceId: string, state: BreakerState): void => void changes.push([instanceId, state]);
  gateway = await startGateway({ retries: 0 }, { clock, onBreaker });
  impatient = await startGateway({ retries: 0, headersTimeout: 60, bodyIdleTimeout: 60 });
});
afterAll(() => Promise.all([gateway[Symbol.asyncDispose](), impatient[Symbol.asyncDispose]()]));

interface Scene extends AsyncDisposable {
  /** An instance that nobody has asked yet. */
  readonly id: string;
  readonly vendor: Vendor;
  status: number;
  ask(instanceId?: string, urgent?: boolean): Promise<Reply>;
  open(): ReturnType<TestGateway['open']>;
  state(): Promise<GateState | null>;
}

let instances = 0;

async function open(): Promise<Scene> {
  const vendor = await startVendor((_, response) => response.writeHead(scene.status).end('said'));
  const id = `acme-${(instances += 1)}`;
  const scene: Scene = {
    id,
    vendor,
    status: 200,
    ask: (instanceId = id, urgent = false) =>
      gateway.open({ baseUrl: vendor.origin, instanceId }, urgent).client.get(vendor.origin),
    open: () => gateway.open({ baseUrl: vendor.origin, instanceId: id }),
    state: () => gateway.gateway.gateOf(id),
    [Symbol.asyncDispose]: () => vendor[Symbol.asyncDispose](),
  };
  return scene;
}

const changesOf = (id: string): (readonly [string, number])[] =>
  changes.filter(([of]) => of === id).map(([, { state, failures }]) => [state, failures]);

async function fail(scene: Scene, times: number): Promise<void> {
  scene.status = 503;
  for (let time = 0; time < times; time += 1) expect((await scene.ask()).head?.status).toBe(503);
}

test('it opens at the fifth failure in a row, not sooner, and then nothing is sent', async () => {
  await using scene = await open();
  const { vendor, id } = scene;
  await fail(scene, 4);
  scene.status = 200;
  await scene.ask();
  await fail(scene, 5);
  expect(vendor.seen.length).toBe(10);
  for (let time = 0; time < 20; time += 1) {
    const { error } = await scene.ask();
    expect(error?.code).toBe('vendor_unavailable');
    expect(error?.message).toBe(
      `${vendor.origin}: the vendor has failed 5 times in a row and is left alone for 60 s; last: ${vendor.origin}: answered 503`,
    );
    expect(error?.retryAfterMs).toBeGreaterThan(55_000);
  }
  expect(vendor.seen.length).toBe(10);
  // Only this instance: another one of the same vendor may have other credentials, or another way.
  expect((await scene.ask(`${id}-other`)).head?.status).toBe(503);
  expect(changesOf(id)).toEqual([['open', 5]]);
  await until(() => gateway.lines.some(({ message }) => message.includes('left alone')), 'the log says so');
});

test('after a minute one call tries it; when that fails too the pause is twice as long, up to ten minutes', async () => {
  await using scene = await open();
  const { vendor } = scene;
  await fail(scene, 5);
  for (const minutes of [1, 2, 4, 8, 10, 10]) {
    clock.advance(minutes * MINUTE - 5000);
    expect((await scene.ask()).error?.code).toBe('vendor_unavailable');
    clock.advance(5001);
    const before = vendor.seen.length;
    await scene.ask();
    expect(vendor.seen.length).toBe(before + 1);
  }
  scene.status = 200;
  clock.advance(10 * MINUTE + 1);
  expect((await scene.ask()).head?.status).toBe(200);
  expect((await scene.ask()).head?.status).toBe(200);
  // It begins with a minute again.
  await fail(scene, 5);
  expect((await scene.ask()).error?.message).toContain('left alone for 60 s');
});

test('the probe is one call, however many come; they go through when it went well', async () => {
  await using scene = await open();
  const { vendor, id } = scene;
  await fail(scene, 5);
  clock.advance(MINUTE + 1);
  const held: (() => void)[] = [];
  vendor.server.removeAllListeners('request');
  vendor.server.on('request', (_, response) => held.push(() => response.end('back')));
  const probe = scene.ask();
  await until(() => held.length === 1, 'the probe has arrived');
  const others = await Promise.all(Array.from({ length: 20 }, () => scene.ask()));
  expect(others.map(({ error }) => error?.message)).toEqual(
    Array(20).fill(expect.stringContaining('is being tried by another call')),
  );
  expect(held.length).toBe(1);
  expect((await scene.state())?.breaker.state).toBe('halfOpen');
  held[0]?.();
  expect((await probe).body.toString()).toBe('back');
  expect(changesOf(id).map(([state]) => state)).toEqual(['open', 'closed']);
  const after = scene.ask();
  await until(() => held.length === 2, 'the next call has arrived');
  held[1]?.();
  expect((await after).head?.status).toBe(200);
});

test('a probe that its caller gives up says nothing, and the next call is the probe', async () => {
  await using scene = await open();
  const { vendor } = scene;
  await fail(scene, 5);
  clock.advance(MINUTE + 1);
  vendor.server.removeAllListeners('request');
  let arrived = 0;
  vendor.server.on('request', (_, response) => {
    arrived += 1;
    if (arrived === 2) response.end();
  });
  const probe = scene.open();
  const call = probe.client.call(vendor.origin);
  await until(() => arrived === 1, 'the probe has arrived');
  call.abort();
  await call.done;
  expect((await scene.ask()).head?.status).toBe(200);
});

test('a person who tests the connection is let through, and ends it when the vendor is back', async () => {
  await using scene = await open();
  const { vendor, id } = scene;
  await fail(scene, 5);
  expect((await scene.ask(id, true)).head?.status).toBe(503);
  // That failure does not begin the pause anew.
  expect((await scene.state())?.breaker.retryAfterMs).toBeLessThan(MINUTE);
  expect(vendor.seen.length).toBe(6);
  scene.status = 200;
  expect((await scene.ask(id, true)).head?.status).toBe(200);
  expect((await scene.ask()).head?.status).toBe(200);
});

test('it shows its reason, and a reset closes it', async () => {
  await using scene = await open();
  const { vendor, id } = scene;
  expect(await scene.state()).toBeNull();
  await fail(scene, 5);
  expect((await scene.state())?.breaker).toEqual({
    state: 'open',
    failures: 5,
    reason: `${vendor.origin}: answered 503`,
    retryAfterMs: expect.any(Number),
  });
  const closed = { state: 'closed', failures: 0, reason: null, retryAfterMs: 0 };
  expect((await gateway.gateway.resetGate(id))?.breaker).toEqual(closed);
  scene.status = 200;
  expect((await scene.ask()).head?.status).toBe(200);
});

test.for([400, 401, 403, 404, 409, 422, 429, 501])('an answer of %d is no failure of the vendor', async (status) => {
  await using scene = await open();
  scene.status = status;
  for (let time = 0; time < 8; time += 1) expect((await scene.ask()).head?.status).toBe(status);
});

const treatments: Record<string, (socket: Socket) => void> = {
  'is reset': (socket) => socket.resetAndDestroy(),
  'is closed': (socket) => socket.end(),
  'is no HTTP': (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'),
  'does not begin': () => undefined,
  'stops in its body': (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'),
  'breaks off': (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'),
};

test.for(Object.keys(treatments))('an answer that %s is a failure of the vendor', async (what) => {
  let count = 0;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      count += 1;
      treatments[what]?.(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (let time = 0; time < 8; time += 1) {
    const { error } = await impatient.open({ instanceId: what, baseUrl }).client.get(baseUrl);
    expect(error?.code).not.toBe('egress_denied');
  }
  expect(count).toBe(5);
  server.close();
});

test('what is denied, and what a plugin gives up, is no failure of the vendor', async () => {
  await using scene = await open();
  const { vendor } = scene;
  const { client } = scene.open();
  for (let time = 0; time < 8; time += 1) await client.get('http://169.254.169.254/');
  vendor.server.removeAllListeners('request');
  let arrived = 0;
  vendor.server.on('request', () => (arrived += 1));
  for (let time = 1; time <= 8; time += 1) {
    const call = client.call(vendor.origin);
    await until(() => arrived === time, 'the call has arrived');
    call.abort();
    await call.done;
  }
  expect((await scene.state())?.breaker).toMatchObject({ state: 'closed', failures: 0 });
  expect((await scene.state())?.inFlight).toBe(0);
});

test('a denial in the log names plugin, instance and run', async () => {
  await using scene = await open();
  const { id } = scene;
  const before = gateway.lines.length;
  await scene.open().client.get('https://elsewhere.example/');
  await until(() => gateway.lines.length > before, 'the log says so');
  expect(gateway.lines[before]).toMatchObject({
    message: 'egress denied',
    fields: {
      plugin: 'desk',
      instanceId: id,
      runId: expect.stringMatching(/^run-\d+$/),
      reason: expect.stringContaining('elsewhere.example'),
    },
  });
});
