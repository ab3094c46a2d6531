import fastify from 'fastify';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { createHooks } from '../../host/src/kernel/index.ts';
import { openTraces, parseTraces } from '../../host/src/telemetry/index.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { buildDesk } from '../support/desk-plugin.ts';
import { createApi, startTestHost, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { until } from '../support/until.ts';
import { json, startVendor, type Vendor } from '../support/vendor.ts';
import { type Collector, type CollectedSpan, startCollector } from './collector.ts';

const SECRET = 'a-token-that-nobody-may-see';
const REPEATED = '4af7651916cd43dd8448eb211c80319c';
const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
// Two instances have series of their own, and what is counted is handed on by threes.
const limits = {
  telemetry: { ...defaultLimits.telemetry, instances: 2, counted: 3, spanWait: 50 },
  gateway: { ...defaultLimits.gateway, retryMin: 1, retryMax: 5 },
};

let desk: TestPlugin;
let vendor: Vendor;
let collector: Collector;
beforeAll(async () => {
  [desk, vendor, collector] = await Promise.all([buildDesk(), startVendor(json([{ z: 1 }])), startCollector()]);
});
afterAll(() => Promise.all([desk, vendor, collector].map((part) => part[Symbol.asyncDispose]())));

describe.each(oneOf)('a host that is measured, on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { plugins: [desk], limits, traces: { url: collector.url, ratio: 1 } });
    for (const id of ['desk-a', 'desk-b', 'desk-c']) await create(id);
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  const create = (id: string): Promise<unknown> =>
    running.api.call('POST', '/api/instances', {
      id,
      plugin: 'desk',
      name: id,
      config: { baseUrl: vendor.url, token: SECRET },
    });
  const ask = (id: string, query = 'uncached', headers: Record<string, string> = {}): Promise<{ status: number }> =>
    running.api.call('GET', `/api/instances/${id}/queries/${query}`, undefined, { headers });
  const scrape = async (): Promise<string> => (await running.api.send('GET', '/metrics')).text();
  const valueOf = async (series: string): Promise<number | undefined> => {
    const line = (await scrape()).split('\n').find((text) => text.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  };
  const spansOf = (traceId: string): CollectedSpan[] => collector.spans.filter((span) => span.traceId === traceId);

  test('runs are counted by plugin, kind and outcome, and by instance', async () => {
    const before = (await valueOf('jackfield_runs_total{plugin="desk",kind="query",outcome="ok"}')) ?? 0;
    await ask('desk-a');
    await ask('desk-a');
    vendor.answer = json({}, 403);
    await ask('desk-a');
    vendor.answer = json([{ z: 1 }]);

    expect(await valueOf('jackfield_runs_total{plugin="desk",kind="query",outcome="ok"}')).toBe(before + 2);
    expect(await valueOf('jackfield_runs_total{plugin="desk",kind="query",outcome="permission_denied"}')).toBe(1);
    expect(await valueOf('jackfield_instance_runs_total{plugin="desk",instance="desk-a",outcome="failed"}')).toBe(1);
    expect(await valueOf('jackfield_instance_vendor_calls_total{plugin="desk",instance="desk-a"}')).toBe(3);
    expect(await valueOf('jackfield_instance_rows_total{plugin="desk",instance="desk-a"}')).toBe(2);
    const route = 'method="GET",route="/api/instances/:id/queries/:query",status="200"';
    expect(await valueOf(`jackfield_http_request_duration_seconds_count{${route}}`)).toBeGreaterThanOrEqual(2);
    expect(await valueOf('jackfield_ready')).toBe(1);
    expect(await valueOf('jackfield_sandbox_threads')).toBeGreaterThan(0);
    expect(await scrape()).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  });

  test('an answer that is given again without its route is counted and traced like any other', async () => {
    await create('desk-d');
    const route = '/api/instances/:id/queries/:query';
    const count = (): Promise<number | undefined> =>
      valueOf(`jackfield_http_request_duration_seconds_count{method="GET",route="${route}",status="200"}`);
    const runs = (): Promise<number | undefined> =>
      valueOf('jackfield_instance_runs_total{plugin="desk",instance="desk-d",outcome="ok"}');
    const before = (await count()) ?? 0;
    const traceparent = `00-${REPEATED}-${CALLER.spanId}-01`;
    for (let i = 0; i < 7; i += 1) await ask('desk-d', 'items', { traceparent });
    expect([await count(), await runs()]).toEqual([before + 7, 1]);
    const spans = await until(async () => {
      const found = spansOf(REPEATED).filter(({ name }) => name === `GET ${route}`);
      return found.length < 7 ? undefined : found;
    });
    for (const { parentSpanId, attributes } of spans) {
      expect(parentSpanId).toBe(CALLER.spanId);
      expect(attributes).toMatchObject({ 'http.route': route, 'http.response.status_code': 200 });
    }
    // One of them had a route, and those that are given again have no id.
    expect(spans.filter(({ attributes }) => attributes['jackfield.request.id'] === undefined).length).toBeGreaterThan(
      0,
    );
  });

  test('paths that are no route, and instances beyond the bound, make no series of their own', async () => {
    for (let i = 0; i < 20; i++) await running.api.send('GET', `/api/nothing-${i}`);
    for (const id of ['desk-a', 'desk-b', 'desk-c']) await ask(id);
    const text = await scrape();
    expect(text).not.toContain('nothing-');
    const instances = new Set(
      [...text.matchAll(/jackfield_instance_rows_total\{.*instance="([^"]+)"/g)].map(([, id]) => id),
    );
    expect(instances).toEqual(new Set(['desk-b', 'desk-c']));
  });

  test('a config that is tried out has no series', async () => {
    const config = { baseUrl: vendor.url, token: SECRET };
    const tried = await running.api.call('POST', '/api/instances/check', { plugin: 'desk', config });
    expect(tried.status).toBe(200);
    expect(await valueOf('jackfield_runs_total{plugin="desk",kind="check",outcome="ok"}')).toBe(1);
    expect(await scrape()).not.toContain('instance="draft');
  });

  test('an instance that is deleted takes its series along', async () => {
    await create('desk-gone');
    await ask('desk-gone');
    expect(await scrape()).toContain('instance="desk-gone"');
    await running.api.call('DELETE', '/api/instances/desk-gone');
    expect(await scrape()).not.toContain('instance="desk-gone"');
  });

  test('metrics name instances of all clients: they are for nobody who is not signed in or is limited to some', async () => {
    expect((await fetch(`${running.url}/metrics`)).status).toBe(401);
    await running.api.call('POST', '/api/clients', { id: 'acme', name: 'Acme' });
    const { body } = await running.api.call<{ token: string }>('POST', '/api/tokens', {
      name: 'of acme',
      role: 'admin',
      clients: ['acme'],
    });
    expect(body.token).toBeTypeOf('string');
    expect((await createApi(running.url, body.token).call('GET', '/metrics')).status).toBe(403);
  });

  test('whether the process answers, and on request what holds it up', async () => {
    const plain = await (await fetch(`${running.url}/healthz`)).json();
    expect(plain).toEqual({ status: 'ok' });
    const verbose = await (await fetch(`${running.url}/healthz?verbose`)).json();
    expect(verbose).toMatchObject({
      status: 'ok',
      eventLoop: { delayP99Ms: expect.any(Number), utilization: expect.any(Number) },
      threads: { sandbox: expect.any(Number) },
    });
    expect(JSON.stringify(verbose)).not.toContain('desk');
  });

  test("a request's trace is its caller's, with the run and the vendor's call under it, and no secret", async () => {
    const traceparent = `00-${CALLER.traceId}-${CALLER.spanId}-01`;
    await ask('desk-a', 'uncached', { traceparent, tracestate: 'other=1' });
    const [request, run, call] = await until(async () => {
      const spans = spansOf(CALLER.traceId);
      const found = ['GET /api/instances/:id/queries/:query', 'query desk.uncached', 'GET'].map((name) =>
        spans.find((span) => span.name === name),
      );
      return found.every((span) => span !== undefined) ? found : undefined;
    });
    expect(request?.parentSpanId).toBe(CALLER.spanId);
    expect([request, run, call].map((span) => span?.traceState)).toEqual(Array.from({ length: 3 }, () => 'other=1'));
    expect(run?.parentSpanId).toBe(request?.spanId);
    expect(call?.parentSpanId).toBe(run?.spanId);
    expect(run?.attributes).toMatchObject({ 'jackfield.instance': 'desk-a', 'jackfield.run.vendor_calls': 1 });
    expect(call?.attributes).toMatchObject({
      'http.response.status_code': 200,
      'server.address': new URL(vendor.url).host,
    });
    expect(collector.text()).not.toContain(SECRET);
    expect(collector.text()).not.toContain('/items');
  });

  test('a request whose caller keeps no trace has none, nor has its run', async () => {
    const [left, kept] = ['2af7651916cd43dd8448eb211c80319c', '3af7651916cd43dd8448eb211c80319c'];
    await ask('desk-a', 'uncached', { traceparent: `00-${left}-${CALLER.spanId}-00` });
    await ask('desk-a', 'uncached', { traceparent: `00-${kept}-${CALLER.spanId}-01` });
    // Spans come in the order in which they end.
    await until(async () => (spansOf(kept).length === 3 ? true : undefined));
    expect(spansOf(left)).toEqual([]);
    expect(
      collector.spans.filter(({ name }) => name === 'query desk.uncached').map(({ parentSpanId }) => parentSpanId),
    ).not.toContain(undefined);
  });

  test('a run of a request with a body is under it too, and one that fails says why', async () => {
    const traceId = '1af7651916cd43dd8448eb211c80319c';
    vendor.answer = json({}, 500);
    await running.api.call(
      'POST',
      '/api/plugins/desk/queries/uncached',
      { instances: ['desk-b'] },
      {
        headers: { traceparent: `00-${traceId}-${CALLER.spanId}-01` },
      },
    );
    vendor.answer = json([{ z: 1 }]);
    const run = await until(async () => spansOf(traceId).find(({ name }) => name === 'query desk.uncached'));
    const request = await until(async () => spansOf(traceId).find(({ name }) => name.startsWith('POST ')));
    expect(run.parentSpanId).toBe(request.spanId);
    expect(run.attributes['error.type']).toBe('vendor_error');
  });

  test('which part of them goes to the collector is said at the start', () => {
    expect(running.logs.some((line) => line.includes('"kept":1') && line.includes('OTEL_TRACES_SAMPLER_ARG'))).toBe(
      true,
    );
  });

  test('a collector that is away holds nothing up', async () => {
    await collector.close();
    expect((await ask('desk-a')).status).toBe(200);
    await running[Symbol.asyncDispose]();
  });
});

describe('where traces go', () => {
  test.each([
    { ratio: 0, kept: 1 },
    { ratio: 1, kept: 4 },
    // The first, and the next one in an hour or so.
    { perSecond: 1 / 3600, kept: 2 },
    { perSecond: Number.POSITIVE_INFINITY, kept: 4 },
  ])('with %o of those that begin here, and always those whose caller keeps them', async (few) => {
    const { ratio, perSecond: tracesPerSecond = 0, kept } = few;
    await using own = await startCollector();
    const parts = {
      hooks: createHooks(),
      version: '1.0.0',
      limits: { ...defaultLimits.telemetry, tracesPerSecond },
      log: pino({ level: 'silent' }),
    };
    const traces = await openTraces({ url: own.url, ratio }, parts);
    const app = fastify();
    traces?.watch(app);
    app.get('/traced', () => 'yes');
    const valid = `00-${CALLER.traceId}-${CALLER.spanId}`;
    for (const traceparent of [undefined, 'nonsense', '00-0-0-01', `${valid}-00`, `${valid}-01`])
      await app.inject({ url: '/traced', headers: traceparent === undefined ? {} : { traceparent } });
    await app.close();
    await traces?.stop();
    expect(own.spans.map(({ name }) => name)).toEqual(Array.from({ length: kept }, () => 'GET /traced'));
    expect(own.spans.filter(({ parentSpanId }) => parentSpanId === CALLER.spanId).length).toBe(1);
  });

  test('to a collector that refuses them, and then does not, which is said once each', async () => {
    await using own = await startCollector();
    const logged: string[] = [];
    const log = pino({}, { write: (line) => void logged.push(line) });
    const limits = { ...defaultLimits.telemetry, spanWait: 20 };
    const parts = { hooks: createHooks(), version: '1.0.0', limits, log };
    const traces = await openTraces({ url: own.url, ratio: 1 }, parts);
    const app = fastify();
    traces?.watch(app);
    app.get('/traced', () => 'yes');
    const lines = (text: string): string[] => logged.filter((line) => line.includes(text));
    for (const [refuses, said] of [
      [true, 'traces are not taken'],
      [true, 'traces are not taken'],
      [false, 'traces are taken again'],
    ] as const) {
      own.refuses = refuses;
      const before = own.requests;
      await app.inject('/traced');
      await until(async () => own.requests > before || undefined);
      await until(async () => lines(said).length > 0 || undefined);
    }
    await app.close();
    await traces?.stop();
    expect(lines('traces are not taken')).toHaveLength(1);
    expect(lines('traces are not taken')[0]).toContain('OTEL_EXPORTER_OTLP_ENDPOINT');
    expect(lines('traces are taken again')).toHaveLength(1);
    expect(own.spans).toHaveLength(1);
  });

  test('nowhere, unless a collector is named', () => {
    expect(parseTraces({})).toBeUndefined();
    expect(
      parseTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318', OTEL_SDK_DISABLED: 'true' }),
    ).toBeUndefined();
    expect(parseTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' })).toEqual({});
    expect(parseTraces({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://c', OTEL_TRACES_SAMPLER_ARG: '0.1' })).toEqual({
      ratio: 0.1,
    });
  });

  test('a variable that makes no sense is named', () => {
    expect(() => parseTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' })).toThrow(
      /OTEL_EXPORTER_OTLP_ENDPOINT must be a URL/,
    );
    expect(() => parseTraces({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c', OTEL_TRACES_SAMPLER_ARG: '2' })).toThrow(
      /OTEL_TRACES_SAMPLER_ARG must be/,
    );
  });
});
