// Plays a cassette: the same question gets the same answers in the order in which they were recorded, and the last one stays. What
// was never asked is an error that shows what comes nearest.
import type { Cassette, CassetteExchange, CassetteRequest } from '@jackfield/schemas';
import { createHash } from 'node:crypto';
import { bodyOf, bytesOf } from './body.ts';
import { BASE, cleanUrl, createCleaner, type WireRequest } from './record.ts';

export interface PlayedAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** The question is not on the cassette. */
export class UnknownRequestError extends Error {}

export interface Player {
  /** @throws UnknownRequestError */
  play(request: WireRequest, baseOrigin: string | null): PlayedAnswer;
}

interface Track {
  readonly exchanges: CassetteExchange[];
  next: number;
}

/** `secrets`: those of who asks. They are taken out of a question as those of the recording were. */
export function createPlayer(cassette: Cassette, secrets: Iterable<string> = []): Player {
  const tracks = new Map<string, Track>();
  for (const exchange of cassette.exchanges) {
    const key = keyOf(exchange.request);
    const track = tracks.get(key) ?? { exchanges: [], next: 0 };
    track.exchanges.push(exchange);
    tracks.set(key, track);
  }
  const known = [...secrets];
  return {
    play(wire, baseOrigin) {
      const clean = createCleaner(known, baseOrigin);
      const body = wire.body === null ? undefined : bodyOf(wire.body, clean);
      const request: CassetteRequest = {
        method: wire.method.toUpperCase(),
        url: cleanUrl(wire.url, clean),
        ...(body === undefined ? {} : { body }),
      };
      const track = tracks.get(keyOf(request));
      const exchange = track?.exchanges[Math.min(track.next, track.exchanges.length - 1)];
      if (track === undefined || exchange === undefined) throw unknown(request, cassette);
      track.next += 1;
      return answerOf(exchange, baseOrigin);
    },
  };
}

/** Links in answers lead to the base URL of who asks. */
function answerOf({ response }: CassetteExchange, baseOrigin: string | null): PlayedAnswer {
  const { status, headers, body } = response;
  const home = (text: string): string => (baseOrigin === null ? text : text.replaceAll(BASE, baseOrigin));
  const bytes = bytesOf(body);
  const isText = body !== undefined && !('base64' in body);
  return {
    status,
    headers: headers.map(([name = '', value = '']): [string, string] => [name, home(value)]),
    body: isText ? new TextEncoder().encode(home(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))) : bytes,
  };
}

/** Method, URL with its parameters in any order, and a hash of the body. */
function keyOf(request: CassetteRequest): string {
  return JSON.stringify(partsOf(request));
}

function partsOf({ method, url, body }: CassetteRequest): [string, string, string, string] {
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  const hash = createHash('sha256').update(bytesOf(body)).digest('base64url');
  return [method, path, query.split('&').toSorted().join('&'), hash];
}

function unknown(request: CassetteRequest, { exchanges }: Cassette): UnknownRequestError {
  const asked = `${request.method} ${shown(request.url)}`;
  const nearest = exchanges
    .map(({ request: recorded }) => ({ recorded, score: likeness(partsOf(recorded), partsOf(request)) }))
    .toSorted((a, b) => b.score - a.score)[0];
  if (nearest === undefined) return new UnknownRequestError(`${asked} is not on the cassette, which is empty`);
  const { recorded } = nearest;
  const others = partsOf(recorded);
  const differs = ['method', 'path', 'query', 'body'].filter((_, index) => others[index] !== partsOf(request)[index]);
  return new UnknownRequestError(
    `${asked} is not on the cassette; the nearest is ${recorded.method} ${shown(recorded.url)}, with another ${differs.join(' and ')}`,
  );
}

/** Path before method before query before body; within a path or query, how much of the beginning is the same. */
function likeness(one: readonly string[], other: readonly string[]): number {
  const weights = [10, 100, 5, 1];
  return weights.reduce((sum, weight, index) => sum + weight * beginning(one[index] ?? '', other[index] ?? ''), 0);
}

function beginning(one: string, other: string): number {
  if (one === other) return 1;
  let same = 0;
  while (same < one.length && one[same] === other[same]) same += 1;
  return same / Math.max(one.length, other.length, 1) / 2;
}

const SHOWN = 200;

function shown(url: string): string {
  const path = url.startsWith(BASE) ? url.slice(BASE.length) : url;
  return path.length > SHOWN ? `${path.slice(0, SHOWN)}…` : path;
}
