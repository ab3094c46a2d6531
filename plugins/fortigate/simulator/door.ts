// Who gets in: a bearer token, and a lock for sources that come with wrong ones.
import { atLeast, type Version } from './version.ts';

const WRONG_UNTIL_LOCK = 5;
const LONGEST_LOCK_SECONDS = 3600;

export type Verdict = 'in' | 'wrong' | 'locked';

interface Source {
  wrong: number;
  lockedUntil: number;
  /** How long the next lock lasts. */
  lockSeconds: number;
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

  /** Five wrong tokens lock the source out, right ones included; every knock during the lock starts it anew, twice as long. */
  knock({ source, authorization, queryToken, now }: Knock): Verdict {
    const state = this.#of(source);
    if (now < state.lockedUntil) {
      this.#lock(state, now);
      return 'locked';
    }
    const inHeader = authorization === `Bearer ${this.#token}`;
    const inQuery = this.#takesQueryToken && queryToken === this.#token;
    if (inHeader || inQuery) {
      state.wrong = 0;
      state.lockSeconds = this.#lockSeconds;
      return 'in';
    }
    state.wrong += 1;
    if (state.wrong >= WRONG_UNTIL_LOCK) {
      state.wrong = 0;
      this.#lock(state, now);
    }
    return 'wrong';
  }

  lock(source: string, now: number): void {
    this.#lock(this.#of(source), now);
  }

  /** Until when the source is locked out, in seconds since the epoch; 0 when it never was. */
  lockedUntil(source: string): number {
    return this.#of(source).lockedUntil;
  }

  #lock(state: Source, now: number): void {
    state.lockedUntil = now + state.lockSeconds;
    state.lockSeconds = Math.min(state.lockSeconds * 2, LONGEST_LOCK_SECONDS);
  }

  #of(source: string): Source {
    const state = this.#sources.get(source) ?? { wrong: 0, lockedUntil: 0, lockSeconds: this.#lockSeconds };
    this.#sources.set(source, state);
    return state;
  }
}
