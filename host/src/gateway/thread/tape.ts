// Calls that are recorded, or played from a cassette. What is seen here has no credentials: they are added later, and only on the way out.
import { Readable } from 'node:stream';
import type { PlayedText } from '../messages.ts';
import type { Counters } from './counters.ts';
import type { Answer, Exchange } from './exchange.ts';
import { GatewayFailure } from './failure.ts';
import type { HostLine } from './host-line.ts';
import type { Outgoing } from './outgoing.ts';

/** A request and its answer, from a vendor or not. */
export type Talk = Pick<Exchange, 'answer' | 'chunks' | 'discard'>;

export interface Tape {
  readonly mode: 'record' | 'replay';
  readonly line: HostLine;
}

/** The same exchange, told to the host when it has been read to its end. */
export function recording(tape: Tape, outgoing: Outgoing, baseOrigin: string | null, exchange: Talk): Talk {
  const { method, target, body } = outgoing;
  const tell = async (parts: readonly Uint8Array[]): Promise<void> => {
    const { status, headers } = await exchange.answer;
    await tape.line.ask({
      t: 'recorded',
      exchange: {
        method,
        url: target.url.href,
        body,
        baseOrigin,
        status,
        headers: Object.entries(headers).flatMap(([name, value]) =>
          [value ?? []].flat().map((text): [string, string] => [name, text]),
        ),
        answer: Buffer.concat(parts),
      },
    });
  };
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    const parts: Uint8Array[] = [];
    for await (const chunk of exchange.chunks()) {
      parts.push(new Uint8Array(chunk));
      yield chunk;
    }
    // Before the run is told of the end: whoever ejects then has it.
    await tell(parts);
  }
  const discard = async (): Promise<void> => {
    try {
      for await (const _ of chunks());
    } catch {
      // Nobody wanted it, and half an answer is not kept.
    }
  };
  return { answer: exchange.answer, chunks, discard };
}

/** What the cassette has instead of the vendor. */
export function playing(tape: Tape, outgoing: Outgoing, baseOrigin: string | null, counters: Counters): Talk {
  const { method, target, body } = outgoing;
  const request = { method, url: target.url.href, body };
  const played = tape.line.ask({ t: 'replay', request, baseOrigin }).then((text) => {
    const answer: PlayedText = JSON.parse(text ?? '{"unknown":"there is no cassette"}');
    if ('unknown' in answer) throw new GatewayFailure('egress_denied', answer.unknown);
    counters.addCall();
    return answer;
  });
  const answer = played.then(({ status, headers }): Answer => ({
    status,
    statusText: '',
    headers: headerRecord(headers),
  }));
  return {
    answer,
    async *chunks() {
      const bytes = Buffer.from((await played).base64, 'base64');
      counters.addBytes(bytes.byteLength);
      if (bytes.byteLength > 0) yield* Readable.from([bytes]) as AsyncIterable<Uint8Array>;
    },
    discard: async () => undefined,
  };
}

function headerRecord(headers: readonly (readonly [string, string])[]): Record<string, string | string[]> {
  const record: Record<string, string | string[]> = {};
  for (const [name, value] of headers) {
    const before = record[name];
    record[name] = before === undefined ? value : [before, value].flat();
  }
  return record;
}
