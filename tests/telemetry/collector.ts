// A collector that takes OTLP as JSON and keeps the spans.
import { text } from 'node:stream/consumers';
import { startVendor } from '../support/vendor.ts';

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** Everything it was sent. */
  text(): string;
  close(): Promise<void>;
}

interface Payload {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<CollectedSpan, 'attributes'> & {
        readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
      })[];
    }[];
  }[];
}

export async function startCollector(): Promise<Collector> {
  const bodies: string[] = [];
  const spans: CollectedSpan[] = [];
  const server = await startVendor((request, response) => {
    void text(request).then((body) => {
      bodies.push(body);
      const { resourceSpans }: Payload = JSON.parse(body);
      for (const span of resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))) {
        const attributes = span.attributes.map(({ key, value }) => [key, Object.values(value)[0]] as const);
        spans.push({ ...span, attributes: Object.fromEntries(attributes) });
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  const { close } = server;
  return { url: `${server.url}/v1/traces`, spans, text: () => bodies.join('\n'), close, [Symbol.asyncDispose]: close };
}
