// Who gets in: a bearer token, and a lock for sources that come with wrong ones.
import { atLeast, type Version } from './version.ts';

const WRONG_UNTIL_LOCK = 5;

export type Verdict = 'in' | 'wrong' | 'locked';

interface Source {
  wrong: number;
  lockedUntil: number;
}

export interface Knock {
  readonly source: string;
  readonly authorization: string | undefined;
  readonly queryToken: string | null;
  /** Seconds since the epoch. */
  readonly now: number;
}

export class Door {
  readonly #token: string;
  readonly #lockSeconds: number;
  readonly #takesQueryToken: boolean;
  readonly #sources = new Map<string, Source>();

  constructor(token: string, version: Version, lockSeconds: number) {
    this.#token = token;
    this.#lockSeconds = lockSeconds;
    this.#takesQueryToken = !atLeast(version, '7.4.5');
  }

  /** Five wrong tokens lock the source out, right ones included; every knock during the lock starts it anew. */
  knock({ source, authorization, queryToken, now }: Knock): Verdict {
    const state = this.#sources.get(source) ?? { wrong: 0, lockedUntil: 0 };
    this.#sources.set(source, state);
    if (now < state.lockedUntil) {
      state.lockedUntil = now + this.#lockSeconds;
      return 'locked';
    }
    const inHeader = authorization === `Bearer ${this.#token}`;
    const inQuery = this.#takesQueryToken && queryToken === this.#token;
    if (inHeader || inQuery) {
      state.wrong = 0;
      return 'in';
    }
    state.wrong += 1;
    if (state.wrong >= WRONG_UNTIL_LOCK) {
      state.wrong = 0;
      state.lockedUntil = now + this.#lockSeconds;
    }
    return 'wrong';
  }
}
