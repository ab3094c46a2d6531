// Tells whoever listens what has changed, on this host or another: the database says it to every host, in the transaction of the
// change, and every host to those who are connected to it.
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';
import type { Hooks } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Change, Memories } from '../memory.ts';
import { listen, type Store } from '../store/index.ts';
import type { Ticks } from '../ticks.ts';
import { EventRing } from './event-ring.ts';
import { CHANNEL, type Notice, parseNotice } from './events.ts';
import { LiveStreams, type StreamsParts } from './live-streams.ts';
import { readPage } from './page.ts';
import { eventRoutes } from './routes.ts';

export interface Live {
  readonly routes: (app: FastifyInstance) => void;
  start(): Promise<void>;
  /** Ends every stream. May be called twice. */
  stop(): Promise<void>;
}

export interface LiveParts extends Pick<StreamsParts, 'clock' | 'identify'> {
  readonly store: Store;
  readonly hooks: Pick<Hooks, 'contribute'>;
  readonly ticks: Ticks;
  readonly limits: Limits;
  readonly log: Log;
  /** What is remembered as long as changes are heard of. */
  readonly memories: Pick<Memories, 'forget' | 'hear'>;
  /** Other plugins may be wanted than before. */
  readonly onPlugins: () => void;
}

export function createLive(parts: LiveParts): Live {
  const { store, hooks, ticks, clock, log, identify, memories, onPlugins, limits } = parts;
  const { db, connection } = store;
  const { heartbeat, page, remembered } = limits.live;
  const ring = new EventRing(remembered);
  const streams = new LiveStreams({ store, ring, limits: limits.live, clock, identify });
  const ends: (() => unknown)[] = [];
  let telling: Promise<unknown> = Promise.resolve();

  const tell = async (about: object): Promise<void> => {
    await sql`select live_tell(${JSON.stringify(about)}::text::jsonb)`.execute(db).catch((error: unknown) => {
      log.warn({ err: error }, 'an event could not be told');
    });
  };

  function onNotice(payload: string): void {
    const notice = parseNotice(payload);
    if (notice === undefined) return;
    const changed = changeOf(notice);
    if (changed !== undefined) memories.forget(changed);
    if (notice.type === 'access') return streams.identify(notice.principal);
    if (notice.type === 'plugins') return onPlugins();
    ring.push(notice);
    streams.wake();
  }

  function onHearing(): void {
    memories.hear(true);
    ring.clear();
    streams.wake();
    onPlugins();
    // A place in the order that a reader can go on from, also before anything has happened.
    void tell({ type: 'mark' });
  }

  const onDeaf = (): void => memories.hear(false);

  // Any kind of contribution would do; what a plugin has is announced once for each.
  hooks.contribute.for('queries').tap('live', ({ plugin, active, replaced }) => {
    if (replaced) return;
    const change = active ? 'active' : 'inactive';
    // No plugin waits for it; the host does, before it listens.
    const told = tell({ type: 'plugin', change, plugin: plugin.manifest.name, client: null });
    telling = telling.then(() => told);
  });

  return {
    routes: (app) =>
      eventRoutes(app, {
        open: ({ request, since }) => streams.open(request, since),
        page: ({ request, since }) => readPage(store, ring, { principal: request.principal, since, most: page }),
        limits: limits.live,
      }),

    async start() {
      await telling;
      const ear = await listen({
        connection,
        channel: CHANNEL,
        onNotice,
        onHearing,
        onDeaf,
        limits: limits.store,
        log,
      });
      const beats = ticks.every('live: heartbeat', heartbeat, () => streams.tick());
      ends.push(beats, () => ear[Symbol.asyncDispose]());
    },

    async stop() {
      onDeaf();
      streams.end();
      await Promise.all(ends.splice(0).map((end) => end()));
    },
  };
}

/** What it says of things that are remembered. Of a client it may be its parameters. */
function changeOf(notice: Notice): Change | undefined {
  switch (notice.type) {
    case 'instance':
      return { kind: 'instance', id: notice.instance ?? '' };
    case 'client':
      return { kind: 'client', id: notice.client ?? '' };
    case 'widget':
      return { kind: 'widget', id: notice.widget ?? '' };
    case 'dashboard':
      return { kind: 'dashboard', id: notice.dashboard ?? '' };
    case 'access':
      return { kind: 'access', id: notice.principal };
    default:
      return undefined;
  }
}
