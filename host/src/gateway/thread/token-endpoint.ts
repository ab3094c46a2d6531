// Calls a token endpoint. Redirects are not followed: what is sent is all it takes to act as the client.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Dispatcher } from 'undici';
import type { Limits } from '../../limits.ts';
import type { OAuth2Credentials } from '../connection.ts';
import type { Counters } from './counters.ts';
import { Exchange } from './exchange.ts';
import { GatewayFailure, toFailure } from './failure.ts';
import { outgoingHeaders } from './header.ts';
import { waitAfterAnswer, waitAfterError } from './retry.ts';
import { resolveTokenUrl, type Scope, type Target } from './target.ts';
import { pauseOf } from './vendor-pause.ts';
import { readTokenAnswer, tokenForm, TokenRefusal, type ClientProof, type TokenAnswer } from './token-answer.ts';

/** The way out that the open runs of an instance share. */
export interface Exit {
  readonly scope: Scope;
  dispatcherFor(target: Target): Dispatcher;
}

export class TokenEndpoint {
  readonly #credentials: OAuth2Credentials;
  readonly #limits: Limits['gateway'];
  /** What the server took; undefined until it has taken one. */
  #proof: ClientProof | undefined;

  constructor(credentials: OAuth2Credentials, limits: Limits['gateway']) {
    this.#credentials = credentials;
    this.#limits = limits;
  }

  /** Rejects with a GatewayFailure. A server that takes no HTTP Basic refuses it before it looks at the grant, so asking again is harmless. */
  async request(exit: Exit, counters: Counters, refreshToken?: string): Promise<TokenAnswer> {
    const target = resolveTokenUrl(exit.scope, this.#credentials.tokenUrl, this.#credentials.fields.tokenUrl);
    const proofs: ClientProof[] = this.#proof === undefined ? ['basic', 'body'] : [this.#proof];
    let refused: TokenRefusal | undefined;
    for (const proof of proofs) {
      try {
        const answer = await this.#send(exit, target, counters, proof, refreshToken);
        this.#proof = proof;
        return answer;
      } catch (error) {
        if (!(error instanceof TokenRefusal)) throw failureOf(error, target.url.origin);
        refused = error;
      }
    }
    throw refused ?? new GatewayFailure('auth_failed', `${target.url.origin}: no token`);
  }

  async #send(
    exit: Exit,
    target: Target,
    counters: Counters,
    proof: ClientProof,
    refreshToken: string | undefined,
  ): Promise<TokenAnswer> {
    const form = tokenForm(this.#credentials, proof, refreshToken);
    // A refresh token may be good for one use: whether a lost answer used it up is not known.
    const most = refreshToken === undefined ? this.#limits.retries : 0;
    for (let tries = 0; ; tries++) {
      const exchange = new Exchange(
        exit.dispatcherFor(target),
        {
          origin: target.url.origin,
          path: target.url.pathname + target.url.search,
          method: 'POST',
          headers: outgoingHeaders(form.headers, null),
          body: form.body,
        },
        { limits: this.#limits, counters, signal: NEVER },
      );
      let wait: number | undefined;
      try {
        const { status, headers } = await exchange.answer;
        if (tries < most) wait = waitAfterAnswer(status, pauseOf(status, headers), tries, this.#limits);
        const text = await this.#read(exchange, target);
        if (wait === undefined) return readTokenAnswer(this.#credentials, status, text, this.#limits);
      } catch (error) {
        wait = tries < most ? waitAfterError(error, tries, this.#limits) : undefined;
        if (wait === undefined) throw error;
      }
      await sleep(wait);
    }
  }

  async #read(exchange: Exchange, target: Target): Promise<string> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of exchange.chunks()) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > this.#limits.tokenBytes) {
        throw new GatewayFailure(
          'vendor_bad_response',
          `${target.url.origin}: the token endpoint's answer is too large`,
        );
      }
    }
    return Buffer.concat(chunks).toString('utf8');
  }
}

/** Runs that wait for a token may leave; the one request that serves them all goes on, and has its own time limits. */
const NEVER: AbortSignal = new AbortController().signal;

/** The call itself has not begun: for who waits for it the vendor is not there, however long that took to find out. */
function failureOf(error: unknown, origin: string): GatewayFailure {
  const failure = toFailure(error, origin);
  return failure.code === 'timeout' ? new GatewayFailure('vendor_unavailable', failure.message) : failure;
}
