// The thread that sends spans to the collector. Started by trace-sender.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { TraceState } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { FromSender, SenderData, SentSpan, ToSender } from './messages.ts';

const host = parentPort;
if (host === null) throw new Error('the sender must be started as a thread by the host');

const { url, resource: attributes }: SenderData = workerData;
const exporter = new OTLPTraceExporter(url === undefined ? {} : { url });
const resource = resourceFromAttributes(attributes);

host.on('message', ({ batch, spans }: ToSender) => {
  exporter.export(spans.map(spanOf), ({ code, error }) => {
    host.postMessage({ batch, code, reason: error?.message } satisfies FromSender);
  });
});

function spanOf({ context: { traceState, ...context }, ...span }: SentSpan): ReadableSpan {
  const whole = traceState === undefined ? context : { ...context, traceState: new TraceState(traceState) };
  return { ...span, resource, spanContext: () => whole };
}
