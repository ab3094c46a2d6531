// How rows are answered over HTTP, whatever they are the rows of: the format that is asked for, streamed, nothing kept by proxies.
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from '../errors.ts';
import { bodyOf, encodingOf, FORMATS, type Format } from './formats.ts';
import type { Asking } from './request.ts';
import type { ResultStream } from './result-stream.ts';
import { SentBuffers } from './sent-buffers.ts';

export interface Answering {
  readonly format: Format;
  /** What the request itself says of how it wants to be answered. */
  readonly asking: Pick<Asking, 'encoding' | 'role' | 'clients' | 'noCache' | 'signal'>;
}

/** @throws Problem `params_invalid` when no format is accepted that rows can be sent in. */
export function answeringOf(request: FastifyRequest, reply: FastifyReply): Answering {
  const format = chooseFormat(request);
  const gone = new AbortController();
  // Readable.from would wait for the rows it has asked for before it notices that nobody reads.
  reply.raw.once('close', () => {
    // Who has got everything has not gone away, and an abort makes an error each time.
    if (!reply.raw.writableFinished) gone.abort();
  });
  return {
    format,
    asking: {
      encoding: encodingOf(format),
      role: request.principal.role,
      clients: request.principal.clients,
      noCache: /\bno-cache\b/.test(request.headers['cache-control'] ?? ''),
      signal: gone.signal,
    },
  };
}

export async function sendResult(
  result: ResultStream,
  { format }: Answering,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  reply.header('content-type', format === 'text/csv' ? 'text/csv; charset=utf-8; header=present' : format);
  reply.header('cache-control', 'no-store');
  const { ready, current } = result;
  if (current !== undefined) reply.again = () => current(format);
  if (ready === undefined) {
    const sent = new SentBuffers();
    const body = bodyOf(format, result, request.id, sent.own);
    const source: Readable = Readable.from(
      sent.follow(body, () => ({ source, target: reply.raw })),
      { objectMode: false },
    );
    return reply.send(source);
  }
  const known = ready.get(format) ?? (await whole(bodyOf(format, result, request.id)));
  ready.set(format, known);
  return reply.send(known);
}

async function whole(body: AsyncGenerator<Uint8Array | string>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  return Buffer.concat(chunks);
}

function chooseFormat(request: FastifyRequest): Format {
  const { accept } = request.headers;
  const named = FORMATS.find((format) => format === accept);
  if (named !== undefined) return named;
  const chosen = request.accepts().type([...FORMATS]);
  if (typeof chosen === 'string') return chosen as Format;
  throw new Problem('params_invalid', `Accept: "${request.headers.accept}" is none of ${FORMATS.join(', ')}`, {
    next: 'Ask for one of these formats.',
  });
}
