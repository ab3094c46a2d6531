// The two ways to hear of a host what has changed: a stream, and where none comes through a question now and then.
import { createParser } from 'eventsource-parser';
import type { LiveEvent } from './live-events.ts';

/** What is known of the events so far, and who is told of the next. */
export interface Place {
  readonly src: string;
  /** Without one the browser's session is what counts. */
  readonly token: string | undefined;
  /** Id of the last event; undefined before the first. */
  last: string | undefined;
  /** It was listened to before. */
  isComingBack: boolean;
  /** Milliseconds to come back after, as the host says. */
  retry: number;
  readonly tell: (event: LiveEvent | 'reset') => void;
}

/**
 * How it ended. `refused`: nobody is let in by asking again. `heard`: it was a stream. `deaf`: the host answers, and no stream comes
 * through: something in between keeps it back, or there are too many. `gone`: nobody answers.
 */
export type Ended = 'refused' | 'heard' | 'deaf' | 'gone';

/** A stream says at once that it is there; a host that has much to do may take its time. */
const READY = 30_000;
/** Nothing for longer than two heartbeats: the connection is dead, and nobody says so. */
const SILENCE = 45_000;

const TOO_MANY = 429;

/** Until it ends. */
export async function listenTo(place: Place, signal: AbortSignal): Promise<Ended> {
  const quiet = new AbortController();
  const { isComingBack } = place;
  place.isComingBack = true;
  let isHeard = false;
  let hasAnswered = false;
  let silence = setTimeout(() => quiet.abort(), READY);
  const parser = createParser({
    onRetry: (ms) => {
      place.retry = ms;
    },
    onEvent({ id, event, data }) {
      // Nobody knows what was missed.
      if (event === 'ready' && isComingBack && place.last === undefined) place.tell('reset');
      isHeard = true;
      place.last = id ?? place.last;
      if (event === 'reset') place.tell('reset');
      else if (event === undefined) place.tell(JSON.parse(data) as LiveEvent);
    },
  });
  try {
    const lastId = place.last === undefined ? {} : { 'last-event-id': place.last };
    const response = await ask(place, {
      headers: { accept: 'text/event-stream', ...lastId },
      signal: AbortSignal.any([signal, quiet.signal]),
    });
    hasAnswered = true;
    if (!response.ok) return isRefusal(response) ? 'refused' : response.status === TOO_MANY ? 'deaf' : 'gone';
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
      parser.feed(part.value);
      clearTimeout(silence);
      silence = setTimeout(() => quiet.abort(), isHeard ? SILENCE : READY);
    }
  } catch {
    // Broken off: by us, by silence, or by the network.
  } finally {
    clearTimeout(silence);
  }
  if (isHeard) return 'heard';
  return hasAnswered || quiet.signal.aborted ? 'deaf' : 'gone';
}

/** One question. */
export async function askSince(place: Place, signal: AbortSignal): Promise<Ended> {
  try {
    const isFirst = place.last === undefined;
    const query = isFirst ? '' : `?since=${encodeURIComponent(place.last ?? '')}`;
    const response = await ask(place, { headers: { accept: 'application/json' }, signal }, query);
    if (!response.ok) return isRefusal(response) ? 'refused' : 'gone';
    const page = (await response.json()) as { events: LiveEvent[]; last: string | null; reset: boolean };
    place.last = page.last ?? place.last;
    if (page.reset || isFirst) place.tell('reset');
    for (const event of page.events) place.tell(event);
    return 'heard';
  } catch {
    return 'gone';
  }
}

interface Asking {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

function ask({ src, token }: Place, { headers, signal }: Asking, query = ''): Promise<Response> {
  const right = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(new URL(`/api/events${query}`, src), { headers: { ...headers, ...right }, signal });
}

function isRefusal({ status }: Response): boolean {
  return status === 401 || status === 403;
}
