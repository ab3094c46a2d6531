// What has changed on the host, as it happens: one stream for everything on a page that asks the same host with the same right. While
// nobody looks at the page it is closed, since a browser has few connections, and goes on from where it was. Where a proxy lets no stream
// through, it is asked now and then.
import { askSince, type Ended, listenTo, type Place } from './listening.ts';

/** See GET /api/events. */
export interface LiveEvent {
  readonly type: string;
  readonly change: string;
  readonly client: string | null;
  readonly plugin?: string;
  readonly instance?: string;
  readonly stream?: string;
  readonly widget?: string;
  readonly dashboard?: string;
  readonly rows?: number;
}

/** `reset`: some may have been missed, so everything may be another by now. */
export type LiveListener = (event: LiveEvent | 'reset') => void;

export interface LiveEvents {
  /** Returns what ends it. */
  listen(listener: LiveListener): () => void;
}

const RETRY_MOST = 60_000;
/** Where no stream comes through it is asked this often, and so often before a stream is tried again. */
const POLL = 15_000;
const POLLS = 20;

/** The app and the widget are built apart, and a page may have loaded both: they share what they listen to. */
const SHARED = Symbol.for('jackfield.live-events.1');
const page = globalThis as { [SHARED]?: Map<string, LiveEvents> };

/** `src`: the host, as an origin; `token`: without one the browser's session is what counts. */
export function liveEventsOf(src: string, token?: string): LiveEvents {
  const streams = (page[SHARED] ??= new Map<string, LiveEvents>());
  const key = `${src} ${token ?? ''}`;
  const known = streams.get(key) ?? createLiveEvents(src, token);
  streams.set(key, known);
  return known;
}

function createLiveEvents(src: string, token?: string): LiveEvents {
  const listeners = new Set<LiveListener>();
  const tell: LiveListener = (event) => {
    for (const listener of listeners) listener(event);
  };
  const place: Place = { src, token, last: undefined, isComingBack: false, retry: 2000, tell };
  let abort: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  /** Questions to be asked before the next stream. */
  let polls = 0;

  const close = (): void => {
    abort?.abort();
    abort = undefined;
    clearTimeout(timer);
  };
  const open = (): void => {
    if (abort !== undefined || listeners.size === 0 || document.hidden) return;
    abort = new AbortController();
    const { signal } = abort;
    const asking = polls > 0 ? askSince(place, signal) : listenTo(place, signal);
    void asking.then((ended) => {
      if (signal.aborted) return;
      close();
      if (ended !== 'refused') timer = setTimeout(open, pauseAfter(ended) * (0.75 + Math.random() / 2));
    });
  };
  const pauseAfter = (ended: Ended): number => {
    failures = ended === 'gone' ? failures + 1 : 0;
    if (ended === 'deaf') polls = POLLS;
    else if (polls > 0) polls -= 1;
    // Asked at once: what has changed while nothing came through is not known.
    if (ended === 'deaf') return 0;
    if (polls > 0) return POLL;
    return Math.min(place.retry * 2 ** Math.max(0, failures - 1), RETRY_MOST);
  };

  document.addEventListener('visibilitychange', () => (document.hidden ? close() : open()));
  return {
    listen(listener) {
      listeners.add(listener);
      open();
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) close();
      };
    },
  };
}
