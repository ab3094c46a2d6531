// Messages between the host and the thread that sends its spans.
import type { Attributes, SpanContext } from '@opentelemetry/api';
import type { ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';

export interface SenderData {
  /** The collector's; else as `OTEL_EXPORTER_OTLP_*` say. */
  readonly url: string | undefined;
  /** Of the resource that all spans are of. */
  readonly resource: Attributes;
}

/** What can be copied of a span. */
export type SentSpan = Omit<ReadableSpan, 'spanContext' | 'parentSpanContext' | 'resource'> & {
  readonly context: Omit<SpanContext, 'traceState'> & { readonly traceState: string | undefined };
  readonly parentSpanContext?: Omit<SpanContext, 'traceState'>;
};

export interface ToSender {
  readonly batch: number;
  readonly spans: readonly SentSpan[];
}

export interface FromSender {
  readonly batch: number;
  readonly code: ExportResultCode;
  readonly reason: string | undefined;
}
