// What a call is signed with. Each call gets its own, because a refused token is replaced once per call.
import type { FixedCredentials } from '../connection.ts';
import type { Counters } from './counters.ts';
import type { HeldExit, Token, TokenSource } from './token-source.ts';

export interface Signature {
  /** What was added last. */
  readonly used: FixedCredentials | null;
  /** What to add now. Rejects with the signal's reason, or a GatewayFailure when no token can be had. */
  next(counters: Counters, signal: AbortSignal): Promise<FixedCredentials | null>;
  /** Tells of the vendor's answer. True when it refused the credentials and the same call may be sent once more with others. */
  refusedBy(status: number): boolean;
}

export function fixedSignature(credentials: FixedCredentials | null): Signature {
  return { used: credentials, next: async () => credentials, refusedBy: () => false };
}

export class TokenSignature implements Signature {
  readonly #source: TokenSource;
  readonly #hold: () => HeldExit;
  #token: Token | undefined;
  #renewed = false;

  constructor(source: TokenSource, hold: () => HeldExit) {
    this.#source = source;
    this.#hold = hold;
  }

  get used(): FixedCredentials | null {
    return this.#token === undefined ? null : { type: 'bearer', token: this.#token.value };
  }

  async next(counters: Counters, signal: AbortSignal): Promise<FixedCredentials | null> {
    this.#token = await this.#source.get(this.#hold, counters, signal);
    return this.used;
  }

  refusedBy(status: number): boolean {
    if (this.#token === undefined) return false;
    if (status !== 401) {
      this.#token.suspect = false;
      return false;
    }
    if (this.#renewed || !this.#source.refused(this.#token)) return false;
    this.#renewed = true;
    return true;
  }
}
