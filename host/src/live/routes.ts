import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { FOR_WATCHERS } from '../access/index.ts';
import type { LiveLimits } from '../live-limits.ts';
import { EVENT_TYPES } from './events.ts';
import type { LiveStream } from './live-stream.ts';
import type { Page } from './page.ts';

const text = { type: 'string' } as const;
const eventSchema = {
  type: 'object',
  description: 'A hint to look again. What it names may be asked for.',
  required: ['id', 'type', 'change', 'client'],
  properties: {
    id: text,
    type: { enum: EVENT_TYPES },
    change: {
      ...text,
      description:
        'Of `sync` the state in which a run of the stream has ended, of `health` the state of the instance, of `repair` `opened` or `closed`, ' +
        'of `plugin` `active` or `inactive`; of the others `created`, `changed` or `deleted`, and of a widget that only its place is another, `moved`.',
    },
    client: { type: ['string', 'null'], description: 'Whose it is.' },
    plugin: text,
    instance: text,
    stream: text,
    widget: text,
    dashboard: text,
    rows: { type: 'integer', description: 'How many rows the run has changed.' },
  },
} as const;
const response = {
  200: {
    description:
      'As `text/event-stream`: `ready` first, then events without a name, whose `data` are as in `events` but for the id; `reset` when some may ' +
      'have been missed: reload what is shown; `beat` when nothing happens. After a break the `Last-Event-ID` goes on where it was, on any host.',
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['events', 'last', 'reset'],
          properties: {
            events: { type: 'array', items: eventSchema },
            last: { type: ['string', 'null'], description: '`since` of the next call.' },
            reset: { type: 'boolean', description: 'Some may have been missed: reload what is shown.' },
          },
        },
      },
      'text/event-stream': { schema: text },
    },
  },
} as const;

interface Asked {
  readonly request: FastifyRequest;
  /** Id of the last event that they have. */
  readonly since: string | undefined;
}

interface Events {
  readonly open: (asked: Asked) => Promise<LiveStream>;
  readonly page: (asked: Asked) => Promise<Page>;
  readonly limits: LiveLimits;
}

/** What has changed: streamed, or asked for now and then. */
export function eventRoutes(app: FastifyInstance, { open, page, limits }: Events): void {
  app.get<{ Querystring: { since?: string } }>(
    '/api/events',
    {
      config: FOR_WATCHERS,
      schema: {
        summary: 'What has changed, as it happens',
        description:
          'Server-sent events for `Accept: text/event-stream`. Who cannot stream asks with `since` now and then, for JSON; the first call, without it, says where to begin.',
        tags: ['events'],
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: { since: { ...text, maxLength: 40, description: 'Id of the last event that you have.' } },
        },
        response,
      },
    },
    async (request, reply) => {
      const header = request.headers['last-event-id'];
      const asked = { request, since: request.query.since ?? (typeof header === 'string' ? header : undefined) };
      if (request.accepts().type(['application/json', 'text/event-stream']) !== 'text/event-stream') {
        reply.header('cache-control', 'no-store');
        return page(asked);
      }
      return sendStream(await open(asked), reply, limits);
    },
  );
}

function sendStream(stream: LiveStream, reply: FastifyReply, { buffered }: LiveLimits): FastifyReply {
  const body = Readable.from(stream.frames(), { objectMode: false, highWaterMark: buffered });
  reply.raw.once('close', () => stream.end());
  const cut = (): void => void (stream.isHeldUp && reply.raw.destroy());
  stream.over.addEventListener('abort', cut, { once: true });
  reply.header('content-type', 'text/event-stream');
  reply.header('cache-control', 'no-store, no-transform');
  // Proxies such as nginx would keep events back until a buffer is full.
  reply.header('x-accel-buffering', 'no');
  return reply.send(body);
}
