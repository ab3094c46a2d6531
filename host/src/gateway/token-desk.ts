// The host's side of OAuth 2: keeps refresh tokens for the thread, which has no database, and knows which tokens are to be taken
// out of what the host says.
import type { Clock } from '../clock.ts';
import type { Connection, RefreshTokenPlace } from './connection.ts';
import type { Question } from './messages.ts';

/** Where refresh tokens are stored. */
export interface RefreshTokens {
  /** The stored one, as long as the instance is still at that revision; undefined when it is not, or there is none. */
  read(place: RefreshTokenPlace): Promise<string | undefined>;
  /** Stores `next` if what is stored by now is among `expected`. Resolves with whether it did. */
  replace(place: RefreshTokenPlace, expected: readonly string[], next: string): Promise<boolean>;
}

/** Milliseconds that a refresh token is looked out for after it was replaced: some vendors take it a while longer. */
const REPLACED_FOR = 24 * 60 * 60 * 1000;

/** Tokens of one instance that are remembered: more are only issued to one whose vendor refuses each. */
const REMEMBERED = 20;

interface Issued {
  readonly secret: string;
  readonly until: number;
}

export interface TokenDeskOptions {
  readonly refreshTokens: RefreshTokens | undefined;
  readonly clock: Clock;
  readonly log: { error(fields: Record<string, unknown>, message: string): void };
}

export class TokenDesk {
  readonly #options: TokenDeskOptions;
  readonly #issued = new Map<string, readonly Issued[]>();
  readonly #secrets = new Map<string, readonly string[]>();

  constructor(options: TokenDeskOptions) {
    this.#options = options;
  }

  /** Never rejects: a thread that waits for an answer holds up its instance's runs. */
  async answer(question: Question): Promise<string | null> {
    if (question.t === 'issued') {
      this.#remember(question.instanceId, question.secrets, question.until);
      return null;
    }
    const { place } = question;
    try {
      if (question.t === 'stored') return (await this.#options.refreshTokens?.read(place)) ?? null;
      this.#remember(place.instanceId, question.expected, this.#options.clock.now() + REPLACED_FOR);
      const stored = await this.#options.refreshTokens?.replace(place, question.expected, question.next);
      return stored === true ? 'stored' : null;
    } catch (error) {
      const what = question.t === 'stored' ? 'could not be read' : 'could not be stored; it is lost if the host stops';
      this.#options.log.error({ err: error, instanceId: place.instanceId }, `a refresh token ${what}`);
      return null;
    }
  }

  /** Of all revisions: what was issued to an earlier one may still open something. The same array until there are others. */
  secretsOf({ instanceId }: Pick<Connection, 'instanceId'>): readonly string[] {
    return this.#secrets.get(instanceId) ?? NONE;
  }

  #remember(instanceId: string, secrets: readonly string[], until: number): void {
    this.#forgetExpired();
    const before = (this.#issued.get(instanceId) ?? []).filter(({ secret }) => !secrets.includes(secret));
    const all = [...before, ...secrets.map((secret) => ({ secret, until }))].slice(-REMEMBERED);
    this.#issued.set(instanceId, all);
    this.#secrets.set(
      instanceId,
      all.map(({ secret }) => secret),
    );
  }

  /** An expired token opens nothing. */
  #forgetExpired(): void {
    const now = this.#options.clock.now();
    for (const [key, issued] of this.#issued) {
      const live = issued.filter(({ until }) => until > now);
      if (live.length === issued.length) continue;
      if (live.length === 0) {
        this.#issued.delete(key);
        this.#secrets.delete(key);
        continue;
      }
      this.#issued.set(key, live);
      this.#secrets.set(
        key,
        live.map(({ secret }) => secret),
      );
    }
  }
}

const NONE: readonly string[] = [];
