// Traces for an OpenTelemetry collector: a span for each request, for each run under it, and for each call of the vendor under that.
// They carry ids, codes and host names, never a URL, a param or a row. Nothing of it is loaded when nobody wants it.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import {
  type Context,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { TracerProvider } from '@opentelemetry/sdk-trace';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { GatewayCall } from '../gateway/index.ts';
import type { Hooks, RunInfo } from '../kernel/index.ts';
import type { Log } from '../log.ts';
import type { TelemetryLimits } from '../telemetry-limits.ts';
import type { RepeatedAnswer, RequestWatcher } from './request-watcher.ts';
import { TraceSender } from './trace-sender.ts';

export interface TraceSettings {
  /** Where an OTLP collector takes traces, as JSON over HTTP; else as `OTEL_EXPORTER_OTLP_*` say. */
  readonly url?: string;
  /** Part of the traces that begin here which are kept, from 0 to 1, instead of so many a second; others are kept when their caller keeps them. */
  readonly ratio?: number | undefined;
}

export interface Traces extends RequestWatcher {
  /** Whether this run is traced. */
  hears(runId: string): boolean;
  /** A call of a vendor has ended. */
  called(call: GatewayCall): void;
  /** Sends what is left. */
  stop(): Promise<void>;
}

export interface TraceParts {
  readonly hooks: Hooks;
  readonly version: string;
  readonly limits: TelemetryLimits;
  readonly log: Log;
}

/** Of a request that is not traced. */
const UNTRACED = ROOT_CONTEXT.setValue(Symbol('untraced'), true);

/** Without a context their request is not traced, and nor are they: to carry that along would cost each request. Others begin traces. */
const FOR_REQUESTS: ReadonlySet<RunInfo['kind']> = new Set(['query', 'route']);

export async function createTraces(settings: TraceSettings, parts: TraceParts): Promise<Traces> {
  const { hooks, limits, log } = parts;
  const provider = await openProvider(settings, parts);
  const tracer = provider.getTracer('jackfield', parts.version);
  const { ratio } = settings;
  const parentOf = parentsFor(ratio === undefined ? fewOf(limits.tracesPerSecond) : () => Math.random() < ratio);
  const active = new AsyncLocalStorage<Context>();
  const runs = new LRUCache<string, Span>({ max: limits.tracedRuns });
  log.info(
    ratio === undefined ? { keptPerSecond: limits.tracesPerSecond } : { kept: ratio },
    'so many traces go to the collector: OTEL_TRACES_SAMPLER_ARG=1 keeps all',
  );

  hooks.beforeRun.tap('traces', (run) => {
    const parent = active.getStore() ?? (FOR_REQUESTS.has(run.kind) ? UNTRACED : parentOf());
    if (parent === UNTRACED) return undefined;
    const span = tracer.startSpan(nameOf(run), { attributes: attributesOf(run) }, parent);
    if (span.isRecording()) runs.set(run.runId, span);
    return undefined;
  });
  hooks.afterRun.tap('traces', ({ runId }, { ok, code, rows, vendorCalls, vendorWaitMs }) => {
    // Kept: calls that are still on their way from the gateway belong to it.
    const span = runs.get(runId);
    if (span === undefined) return;
    span.setAttributes({
      'jackfield.run.rows': rows,
      'jackfield.run.vendor_calls': vendorCalls,
      'jackfield.run.vendor_wait_ms': vendorWaitMs,
    });
    if (!ok) fail(span, code);
    span.end();
  });

  return {
    watch: (app) => watchRequests(app, { tracer, active, parentOf }),
    repeated(answer) {
      const parent = parentOf(answer.request.headers);
      if (parent !== UNTRACED) traceRepeated(answer, tracer, parent);
    },
    hears: (runId) => runs.has(runId),
    called({ runId, method, host, startedAt, elapsedMs, status, code }) {
      const run = runs.get(runId);
      if (run === undefined) return;
      const span = tracer.startSpan(
        method,
        {
          kind: SpanKind.CLIENT,
          startTime: startedAt,
          attributes: { 'http.request.method': method, ...(host === null ? {} : { 'server.address': host }) },
        },
        trace.setSpan(ROOT_CONTEXT, run),
      );
      if (status !== null) span.setAttribute('http.response.status_code', status);
      if (code !== null) fail(span, code);
      span.end(startedAt + elapsedMs);
    },
    async stop() {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, limits.flush);
      await Promise.race([provider.shutdown(), late.promise]).catch((error: unknown) =>
        log.warn({ err: error }, 'the last traces could not be sent'),
      );
      clearTimeout(timer);
    },
  };
}

async function openProvider({ url }: TraceSettings, parts: TraceParts): Promise<TracerProvider> {
  const [sdk, resources] = await Promise.all([import('@opentelemetry/sdk-trace'), import('@opentelemetry/resources')]);
  const { limits, version, log } = parts;
  const own = resources.resourceFromAttributes({ 'service.name': 'jackfield', 'service.version': version });
  const given = resources.detectResources({
    detectors: [resources.resourceAttributesEnvDetector, resources.serviceNameEnvDetector],
  });
  const resource = own.merge(given);
  return new sdk.TracerProvider({
    resource,
    // Which of those that begin here are kept is decided before.
    sampler: new sdk.ParentBasedSampler({ root: new sdk.AlwaysOnSampler() }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: new TraceSender({ url, resource: resource.attributes }, log),
        maxQueueSize: limits.waitingSpans,
        maxExportBatchSize: limits.spansPerRequest,
        scheduledDelayMillis: limits.spanWait,
      }),
    ],
  });
}

const CALLER = new W3CTraceContextPropagator();

type ParentOf = (headers?: IncomingHttpHeaders) => Context;

/** Under what something is traced, if it is. The SDK would make ids and a span before it finds that nobody wants it. */
function parentsFor(isKept: () => boolean): ParentOf {
  return (headers) => {
    if (headers?.['traceparent'] !== undefined) {
      const parent = CALLER.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
      if (trace.getSpanContext(parent) !== undefined) return parent;
    }
    return isKept() ? ROOT_CONTEXT : UNTRACED;
  };
}

/** Nearly all of what is rare, and of what is not about so many, at times that nobody can foresee. */
function fewOf(perSecond: number): () => boolean {
  let next = 0;
  return () => {
    const now = performance.now();
    if (now < next) return false;
    next = now + (Math.random() * 2000) / perSecond;
    return true;
  };
}

interface Tracing {
  readonly tracer: Tracer;
  readonly active: AsyncLocalStorage<Context>;
  readonly parentOf: ParentOf;
}

function watchRequests(app: FastifyInstance, { tracer, active, parentOf }: Tracing): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  app.addHook('onRequest', (request, _reply, done) => {
    const { method } = request;
    const parent = parentOf(request.headers);
    if (parent === UNTRACED) return done();
    const span = tracer.startSpan(
      method,
      { kind: SpanKind.SERVER, attributes: { 'http.request.method': method, 'jackfield.request.id': request.id } },
      parent,
    );
    if (span.isRecording()) spans.set(request, span);
    done();
  });
  // Not earlier: a body that is read ends in the context of its socket.
  app.addHook('preValidation', (request, _reply, done) => {
    const span = spans.get(request);
    if (span === undefined) done();
    else active.run(trace.setSpan(ROOT_CONTEXT, span), done);
  });
  app.addHook('onResponse', (request, reply, done) => {
    const span = spans.get(request);
    if (span === undefined) return done();
    const route = request.is404 ? undefined : request.routeOptions.url;
    if (route !== undefined) span.updateName(`${request.method} ${route}`).setAttribute('http.route', route);
    span.setAttribute('http.response.status_code', reply.statusCode);
    if (reply.statusCode >= 500) fail(span, undefined);
    span.end();
    done();
  });
}

/** It has no id, since nothing but its span tells of it. */
function traceRepeated(
  { request: { method = '' }, route, startedAt, endedAt }: RepeatedAnswer,
  tracer: Tracer,
  parent: Context,
): void {
  const attributes = { 'http.request.method': method, 'http.route': route, 'http.response.status_code': 200 };
  const options = { kind: SpanKind.SERVER, startTime: startedAt, attributes };
  tracer.startSpan(`${method} ${route}`, options, parent).end(endedAt);
}

function nameOf({ kind, plugin, contribution }: RunInfo): string {
  return contribution === '' ? `${kind} ${plugin}` : `${kind} ${plugin}.${contribution}`;
}

function attributesOf({ runId, plugin, version, instanceId, kind, contribution }: RunInfo): Record<string, string> {
  return {
    'jackfield.run.id': runId,
    'jackfield.run.kind': kind,
    'jackfield.plugin': plugin,
    'jackfield.plugin.version': version,
    'jackfield.instance': instanceId,
    ...(contribution === '' ? {} : { 'jackfield.contribution': contribution }),
  };
}

function fail(span: Span, code: string | undefined): void {
  span.setStatus({ code: SpanStatusCode.ERROR });
  if (code !== undefined) span.setAttribute('error.type', code);
}
