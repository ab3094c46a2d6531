// Spans are sent to the collector by a thread of its own. Node's server and client of HTTP share code, which is compiled for both once a
// thread is both: one request to a collector every five seconds made all queries of a host 3 to 5 % dearer.
import { Worker } from 'node:worker_threads';
import type { SpanContext } from '@opentelemetry/api';
import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { Log } from '../log.ts';
import type { FromSender, SenderData, SentSpan, ToSender } from './sender/messages.ts';

const threadFile = new URL('../../dist/threads/trace-sender.mjs', import.meta.url);

export class TraceSender implements SpanExporter {
  readonly #data: SenderData;
  readonly #log: Log;
  readonly #waiting = new Map<number, (result: ExportResult) => void>();
  #thread: Worker | undefined;
  #batches = 0;
  /** People are told when that changes, and not of every batch. */
  #arrives = true;

  constructor(data: SenderData, log: Log) {
    this.#data = data;
    this.#log = log;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    const batch = (this.#batches += 1);
    this.#waiting.set(batch, done);
    this.#thread ??= this.#start();
    this.#thread.postMessage({ batch, spans: spans.map(sentOf) } satisfies ToSender);
  }

  async shutdown(): Promise<void> {
    await this.#thread?.terminate();
  }

  #start(): Worker {
    const settings = Object.entries(process.env).filter(([name]) => name.startsWith('OTEL_'));
    const thread = new Worker(threadFile, {
      name: 'traces',
      workerData: this.#data,
      env: Object.fromEntries(settings),
      execArgv: [],
    });
    let reason: Error | undefined;
    thread.on('message', ({ batch, code, reason }: FromSender) => {
      this.#end(batch, reason === undefined ? { code } : { code, error: new Error(reason) });
    });
    thread.on('error', (error: Error) => {
      reason = error;
    });
    thread.on('exit', () => {
      this.#thread = undefined;
      const error = new Error('the thread that sends traces has ended', { cause: reason });
      for (const batch of this.#waiting.keys()) this.#end(batch, { code: ExportResultCode.FAILED, error });
    });
    // Spans that are not sent do not keep a host from its end.
    thread.unref();
    return thread;
  }

  #end(batch: number, result: ExportResult): void {
    const done = this.#waiting.get(batch);
    this.#waiting.delete(batch);
    const arrives = result.code === ExportResultCode.SUCCESS;
    if (arrives && !this.#arrives) this.#log.info({}, 'traces are taken again');
    if (!arrives && this.#arrives)
      this.#log.warn(
        { err: result.error },
        'traces are not taken and get lost: see that OTEL_EXPORTER_OTLP_ENDPOINT is a collector, and up',
      );
    this.#arrives = arrives;
    done?.(result);
  }
}

function sentOf(span: ReadableSpan): SentSpan {
  const { name, kind, startTime, endTime, duration, ended, status, attributes, links, events } = span;
  const { droppedAttributesCount, droppedEventsCount, droppedLinksCount, instrumentationScope } = span;
  const { traceState, ...context } = span.spanContext();
  return {
    ...{ name, kind, startTime, endTime, duration, ended, status, attributes, links, events },
    ...{ droppedAttributesCount, droppedEventsCount, droppedLinksCount, instrumentationScope },
    context: { ...context, traceState: traceState?.serialize() },
    ...(span.parentSpanContext === undefined ? {} : { parentSpanContext: parentOf(span.parentSpanContext) }),
  };
}

function parentOf({ traceId, spanId, traceFlags, isRemote }: SpanContext): NonNullable<SentSpan['parentSpanContext']> {
  return { traceId, spanId, traceFlags, ...(isRemote === undefined ? {} : { isRemote }) };
}
