// The access token of one instance and revision: fetched once for everybody who wants it, kept until shortly before it expires.
import type { Clock } from '../../clock.ts';
import type { Limits } from '../../limits.ts';
import type { Connection, OAuth2Credentials } from '../connection.ts';
import type { Counters } from './counters.ts';
import { GatewayFailure } from './failure.ts';
import type { HostLine } from './host-line.ts';
import { refreshGrant, type RefreshChain, type Refreshed } from './refresh-grant.ts';
import type { TokenAnswer } from './token-answer.ts';
import { TokenEndpoint, type Exit } from './token-endpoint.ts';
import { untilAborted } from './until-aborted.ts';

export interface Token {
  readonly value: string;
  readonly bornAt: number;
  readonly goodUntil: number;
  /** It replaces one that the vendor refused, and has not been taken yet: if it is refused too, the token is not what is wrong. */
  suspect: boolean;
}

export interface TokenSourceParts {
  readonly connection: Pick<Connection, 'instanceId' | 'revision'>;
  readonly credentials: OAuth2Credentials;
  readonly line: HostLine;
  readonly chain: RefreshChain;
  readonly clock: Clock;
  readonly limits: Limits['gateway'];
}

/** A vendor's clock may be behind: its token is looked out for this much longer. */
const CLOCK_SKEW = 10 * 60_000;

/** An `Exit` that stays open until it is let go. */
export interface HeldExit extends Exit {
  release(): void;
}

export class TokenSource {
  readonly #parts: TokenSourceParts;
  readonly #endpoint: TokenEndpoint;
  #token: Token | undefined;
  #fetching: Promise<Token> | undefined;
  #afterRefusal = false;
  #failure: { readonly error: GatewayFailure; readonly until: number } | undefined;

  constructor(parts: TokenSourceParts) {
    this.#parts = parts;
    this.#endpoint = new TokenEndpoint(parts.credentials, parts.limits);
  }

  /** Resolves when no token is on its way. Never rejects. */
  async settled(): Promise<void> {
    await this.#fetching?.catch(() => undefined);
  }

  /** `hold` is called when a token has to be fetched, `counters` count that fetch. Rejects with the signal's reason, or a GatewayFailure. */
  async get(hold: () => HeldExit, counters: Counters, signal: AbortSignal): Promise<Token> {
    const now = this.#parts.clock.now();
    if (this.#token !== undefined && now < this.#token.goodUntil) return this.#token;
    if (this.#failure !== undefined && now < this.#failure.until) throw this.#failure.error;
    if (this.#fetching === undefined) {
      this.#fetching = this.#fetch(hold(), counters).finally(() => (this.#fetching = undefined));
      // Those who wait may all be gone by the time it fails.
      this.#fetching.catch(() => undefined);
    }
    return untilAborted(this.#fetching, signal);
  }

  /** The vendor answered 401 to this one. Says whether another may do better; it is fetched by the next `get`. */
  refused(token: Token): boolean {
    if (token.suspect && this.#parts.clock.now() < token.bornAt + this.#parts.limits.tokenSuspect) return false;
    if (this.#token === token) {
      this.#token = undefined;
      this.#afterRefusal = true;
    }
    return true;
  }

  async #fetch(exit: HeldExit, counters: Counters): Promise<Token> {
    const { connection, clock, limits, line } = this.#parts;
    const { instanceId, revision } = connection;
    try {
      const { answer, used, store } = await this.#request(exit, counters);
      const { accessToken, refreshToken, lifeMs } = answer;
      const now = clock.now();
      const secrets = [accessToken, refreshToken, used].filter((secret) => secret !== undefined);
      await line.ask({ t: 'issued', instanceId, revision, secrets, until: now + lifeMs + CLOCK_SKEW });
      await store();
      const goodUntil = now + lifeMs - Math.min(limits.tokenEarly, lifeMs / 2);
      const token = { value: accessToken, bornAt: now, goodUntil, suspect: this.#afterRefusal };
      this.#token = token;
      this.#failure = undefined;
      this.#afterRefusal = false;
      return token;
    } catch (error) {
      if (error instanceof GatewayFailure && error.code === 'auth_failed')
        this.#failure = { error, until: clock.now() + limits.tokenRefusal };
      throw error;
    } finally {
      exit.release();
    }
  }

  async #request(exit: Exit, counters: Counters): Promise<Omit<Refreshed, 'used'> & Partial<Refreshed>> {
    const { credentials, chain, line, limits } = this.#parts;
    const request = (refreshToken?: string): Promise<TokenAnswer> =>
      this.#endpoint.request(exit, counters, refreshToken);
    const { refresh } = credentials;
    if (refresh !== undefined) return refreshGrant({ credentials, refresh, chain, line, limits, request });
    return { answer: await request(), store: async () => undefined };
  }
}
