// One call of a plugin, from its request to the last byte of the answer: place, policy, redirects, tries, body.
import { setTimeout as sleep } from 'node:timers/promises';
import type { FromGateway } from '@jackfield/sdk/runtime';
import type { Limits } from '../../limits.ts';
import type { FixedCredentials } from '../connection.ts';
import type { Counters } from './counters.ts';
import type { Credits } from './credit.ts';
import { Exchange } from './exchange.ts';
import type { Answer } from './exchange.ts';
import { GatewayFailure, toFailure } from './failure.ts';
import { UNCOUNTED, vendorFault, type Passage } from './gate.ts';
import { incomingHeaders } from './header.ts';
import { redirectOf, toRequest } from './outgoing.ts';
import type { Outgoing } from './outgoing.ts';
import type { RequestMessage } from './request-message.ts';
import { isRepeatable, waitAfterAnswer, waitAfterError } from './retry.ts';
import type { Signature } from './signature.ts';
import { resolveTarget } from './target.ts';
import { playing, recording, type Talk } from './tape.ts';
import type { Target } from './target.ts';
import type { Ticket } from './breaker.ts';
import { refusedTalk, type Carrier } from './trial.ts';
import { pauseOf } from './vendor-pause.ts';
import type { Wire } from './wiring.ts';

export interface Call {
  readonly request: RequestMessage;
  readonly wire: Wire;
  readonly limits: Limits['gateway'];
  /** It asks whether the vendor is well. */
  readonly urgent: boolean;
  /** How often the credentials had been refused when it came. */
  readonly refusals: number;
  readonly counters: Counters;
  readonly credits: Credits;
  /** Its reason is the failure that the plugin sees. */
  readonly signal: AbortSignal;
  send(message: FromGateway, transfer?: ArrayBuffer[]): void;
}

interface Reply {
  readonly exchange: Talk;
  readonly answer: Answer;
  readonly ticket: Ticket;
  /** Set when the request carried the instance's credentials. */
  readonly carrier: Carrier | undefined;
}

/** Never rejects: returns the failure that was sent to the plugin, if there was one. */
export async function performCall(call: Call): Promise<GatewayFailure | undefined> {
  const { id, url } = call.request;
  try {
    const target = admit(call);
    const giveBack = await call.wire.gate.enter(passageOf(call, target));
    try {
      await deliver(call, target);
    } finally {
      giveBack();
    }
    call.send({ t: 'end', id });
    return undefined;
  } catch (error) {
    const failure = toFailure(call.signal.aborted ? call.signal.reason : error, URL.parse(url)?.origin ?? 'the URL');
    const { code, message, retryAfterMs } = failure;
    call.send({ t: 'error', id, code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
    return failure;
  }
}

function passageOf({ wire, urgent, signal, counters }: Call, { url, own }: Target): Passage {
  return { origin: url.origin, isVendor: own || wire.scope.base === null, urgent, signal, counters };
}

function admit({ request, wire, limits }: Call): Target {
  if (/^(connect|trace|track)$/i.test(request.method)) {
    throw new GatewayFailure('egress_denied', `the method "${request.method}" is not allowed`);
  }
  const size = request.body?.byteLength ?? 0;
  if (size > limits.requestBytes) {
    const allowed = `${limits.requestBytes} are allowed`;
    throw new GatewayFailure('egress_denied', `the request has ${size} bytes, ${allowed}; send it in smaller parts`);
  }
  const headerSize = request.headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (headerSize > limits.headerBytes) {
    const allowed = `${limits.headerBytes} are allowed`;
    throw new GatewayFailure('egress_denied', `the headers of the request have ${headerSize} bytes, ${allowed}`);
  }
  return resolveTarget(wire.scope, request.url);
}

async function deliver(call: Call, first: Target): Promise<void> {
  const { id } = call.request;
  const signature = call.wire.sign();
  const { reply, target, redirected } = await follow(call, signature, first);
  const { exchange, answer, ticket } = reply;
  const headers = incomingHeaders(answer.headers, target.own ? signature.used : null);
  call.send({
    t: 'head',
    id,
    status: answer.status,
    statusText: answer.statusText,
    headers,
    url: target.url.href,
    redirected,
  });
  try {
    for await (const chunk of exchange.chunks()) await sendBody(call, chunk);
    ticket.succeeded();
  } catch (error) {
    blame(ticket, error, target.url.origin);
    throw error;
  }
}

/** Tells the gate what a failure says about the vendor. */
function blame(ticket: Ticket, error: unknown, origin: string): void {
  const fault = vendorFault(toFailure(error, origin));
  if (fault === undefined) ticket.gone();
  else ticket.failed(fault);
}

/** Chunks are copied once: they are views into memory of sockets and zlib, which cannot be transferred. */
async function sendBody(call: Call, chunk: Uint8Array): Promise<void> {
  const { bodyChunkBytes } = call.limits;
  for (let at = 0; at < chunk.byteLength; at += bodyChunkBytes) {
    await call.credits.spend();
    const bytes = new Uint8Array(chunk.subarray(at, at + bodyChunkBytes));
    call.send({ t: 'body', id: call.request.id, bytes }, [bytes.buffer]);
  }
}

async function follow(
  call: Call,
  signature: Signature,
  first: Target,
): Promise<{ reply: Reply; target: Target; redirected: boolean }> {
  const { redirect, method, headers, body } = call.request;
  let outgoing: Outgoing = { target: first, method, headers, body };
  for (let redirects = 0; ; redirects++) {
    const reply = await send(call, signature, outgoing);
    const next = redirectOf(call.wire.scope, redirect, outgoing, reply.answer);
    if (next === undefined) return { reply, target: outgoing.target, redirected: redirects > 0 };
    await reply.exchange.discard();
    reply.ticket.succeeded();
    if (next instanceof GatewayFailure) throw next;
    if (redirects >= call.limits.redirects) {
      throw new GatewayFailure(
        'vendor_bad_response',
        `${first.url.origin}: redirected more than ${call.limits.redirects} times`,
      );
    }
    outgoing = next;
  }
}

/** One request with its tries. An error or a busy answer is tried again only while nothing has reached the plugin. */
async function send(call: Call, signature: Signature, outgoing: Outgoing): Promise<Reply> {
  const { limits, signal } = call;
  const most = isRepeatable(outgoing) ? limits.retries : 0;
  for (let tries = 0; ;) {
    const got = await attempt(call, signature, outgoing, tries < most ? tries : undefined);
    if (typeof got === 'number') {
      await sleep(got, undefined, { signal });
      tries++;
    } else if (outgoing.target.own && signature.refusedBy(got.answer.status)) {
      // A request that was refused did nothing, so any may be sent again; it is no try of an unreliable vendor.
      got.carrier?.gone();
      await got.exchange.discard();
      got.ticket.succeeded();
    } else {
      got.carrier?.answered(got.answer.status);
      return got;
    }
  }
}

/** The reply, or the milliseconds to wait before the next try; `tries` is undefined on the last one. */
async function attempt(
  call: Call,
  signature: Signature,
  outgoing: Outgoing,
  tries: number | undefined,
): Promise<Reply | number> {
  const { signal, wire, counters } = call;
  signal.throwIfAborted();
  const { tape } = wire;
  // A cassette needs no token, and has none.
  const isSigned = outgoing.target.own && tape?.mode !== 'replay';
  const trial = isSigned ? wire.trial : undefined;
  const carrier = await trial?.enter(call);
  if (trial !== undefined && carrier === undefined) {
    const exchange = refusedTalk();
    return { exchange, answer: await exchange.answer, ticket: UNCOUNTED, carrier };
  }
  try {
    const credentials = isSigned ? await signature.next(counters, signal) : null;
    const got = await request(call, outgoing, credentials, tries);
    if (typeof got === 'number') carrier?.gone();
    return typeof got === 'number' ? got : { ...got, carrier };
  } catch (error) {
    carrier?.gone();
    throw error;
  }
}

/** The same, of a request that goes out. */
async function request(
  call: Call,
  outgoing: Outgoing,
  credentials: FixedCredentials | null,
  tries: number | undefined,
): Promise<Omit<Reply, 'carrier'> | number> {
  const { limits, signal, wire, counters } = call;
  const { origin } = outgoing.target.url;
  const passage = passageOf(call, outgoing.target);
  const ticket = await wire.gate.pass(passage);
  try {
    const exchange = talk(call, outgoing, credentials);
    const answer = await exchange.answer;
    if (outgoing.target.own) counters.noteCertificate(wire.certificateEnds());
    const { status } = answer;
    if (isFault(status)) ticket.failed(`${origin}: answered ${status}`);
    else if (ticket.isProbe) ticket.succeeded();
    const asked = pauseOf(status, answer.headers);
    if (asked !== undefined && passage.isVendor) wire.gate.pause(asked);
    const wait = tries === undefined ? undefined : waitAfterAnswer(status, asked, tries, limits);
    if (wait === undefined) return { exchange, answer, ticket };
    await exchange.discard();
    ticket.succeeded();
    return wait;
  } catch (error) {
    blame(ticket, signal.aborted ? signal.reason : error, origin);
    const wait = tries === undefined || signal.aborted ? undefined : waitAfterError(error, tries, limits);
    if (wait === undefined) throw error;
    return wait;
  }
}

function talk(
  { wire, limits, counters, signal }: Call,
  outgoing: Outgoing,
  credentials: FixedCredentials | null,
): Talk {
  const { tape, scope } = wire;
  const baseOrigin = scope.base?.origin ?? null;
  if (tape?.mode === 'replay') return playing(tape, outgoing, baseOrigin, counters);
  const dispatcher = wire.dispatcherFor(outgoing.target);
  const exchange = new Exchange(dispatcher, toRequest(outgoing, credentials), { limits, counters, signal });
  return tape === undefined ? exchange : recording(tape, outgoing, baseOrigin, exchange);
}

/** The vendor is not well. 501 is an answer to a question. */
function isFault(status: number): boolean {
  return status >= 500 && status !== 501;
}
