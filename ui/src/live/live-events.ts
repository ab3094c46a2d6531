// What has changed on the host, as it happens: one stream for everything on a page that asks the same host with the same right. While
// nobody looks at the page it is closed, since a browser has few connections, and goes on from where it was.
import { createParser } from 'eventsource-parser';

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

/** Nothing for longer than two heartbeats: the connection is dead, and nobody says so. */
const SILENCE = 45_000;
const RETRY_MOST = 60_000;

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
  let abort: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let last: string | undefined;
  let failures = 0;
  let retry = 2000;

  const tell = (event: LiveEvent | 'reset'): void => {
    for (const listener of listeners) listener(event);
  };
  const close = (): void => {
    abort?.abort();
    abort = undefined;
    clearTimeout(timer);
  };
  const open = (): void => {
    if (abort !== undefined || listeners.size === 0 || document.hidden) return;
    abort = new AbortController();
    const { signal } = abort;
    void read(signal).then((isOver) => {
      if (signal.aborted) return;
      close();
      // Who may not listen is not let in by asking again.
      if (isOver) return;
      failures += 1;
      timer = setTimeout(open, Math.min(retry * 2 ** (failures - 1), RETRY_MOST) * (0.75 + Math.random() / 2));
    });
  };

  /** True when there is no point in coming back. */
  async function read(signal: AbortSignal): Promise<boolean> {
    const quiet = new AbortController();
    let silence = setTimeout(() => quiet.abort(), SILENCE);
    const wasHere = failures > 0 || last !== undefined;
    const parser = createParser({
      onRetry: (ms) => {
        retry = ms;
      },
      onEvent({ id, event, data }) {
        failures = 0;
        last = id ?? last;
        if (event === 'reset') tell('reset');
        else if (event === 'ready') {
          if (wasHere && last === undefined) tell('reset');
        } else if (event === undefined) tell(JSON.parse(data) as LiveEvent);
      },
    });
    try {
      const response = await fetch(new URL('/api/events', src), {
        headers: {
          accept: 'text/event-stream',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(last === undefined ? {} : { 'last-event-id': last }),
        },
        signal: AbortSignal.any([signal, quiet.signal]),
      });
      if (!response.ok) return response.status === 401 || response.status === 403;
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
        clearTimeout(silence);
        silence = setTimeout(() => quiet.abort(), SILENCE);
        parser.feed(part.value);
      }
    } catch {
      // Broken off: by us, by silence, or by the network. Each is tried again by whoever called.
    } finally {
      clearTimeout(silence);
    }
    return false;
  }

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
