// A collector that takes OTLP as JSON and keeps the spans.
import { text } from 'node:stream/consumers';
import { startVendor } from '../support/vendor.ts';

export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** Answers 400 while it is set, and keeps nothing. */
  refuses: boolean;
  readonly requests: number;
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
  let requests = 0;
  const server = await startVendor((request, response) => {
    void text(request).then((body) => {
      requests += 1;
      if (collector.refuses) return void response.writeHead(400).end();
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
  const collector = {
    url: `${server.url}/v1/traces`,
    spans,
    refuses: false,
    get requests() {
      return requests;
    },
    text: () => bodies.join('\n'),
    close,
    [Symbol.asyncDispose]: close,
  };
  return collector;
}
