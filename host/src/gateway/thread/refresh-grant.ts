// The refresh token grant where vendors replace the refresh token with each use: no token is used up without its successor being
// kept, and a host that finds its token used up by another host goes on with the one that host has stored.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Limits } from '../../limits.ts';
import type { OAuth2Credentials, RefreshTokenPlace } from '../connection.ts';
import type { HostLine } from './host-line.ts';
import { TokenRefusal, type TokenAnswer } from './token-answer.ts';

/** Each is two short texts; one that is forgotten matters only when it could not be stored. */
const CHAIN_LENGTH = 10_000;

/**
 * What became of refresh tokens in this process. It bridges what the database cannot know: a token that was typed for a check and
 * used up by it before it was saved, and one whose successor could not be stored.
 */
export class RefreshChain {
  readonly #next = new LRUCache<string, string>({ max: CHAIN_LENGTH });

  readonly #busy = new Map<string, Promise<unknown>>();

  /** The token and those that replaced it one after the other; the last one is good. */
  from(client: OAuth2Credentials, token: string): readonly [string, ...string[]] {
    const chain: [string, ...string[]] = [token];
    for (let next: string | undefined = token; next !== undefined;) {
      next = this.#next.get(keyOf(client, next));
      if (next !== undefined) chain.push(next);
    }
    return chain;
  }

  /** One at a time for each token: two revisions of an instance, or a check beside a query, would use it twice. */
  async alone<T>(client: OAuth2Credentials, token: string, work: () => Promise<T>): Promise<T> {
    const key = keyOf(client, token);
    const before = this.#busy.get(key) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#busy.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#busy.get(key) === mine) this.#busy.delete(key);
    }
  }

  add(client: OAuth2Credentials, used: string, next: string): void {
    this.#next.set(keyOf(client, used), next);
    // Else a vendor that hands out an old one again would make a circle.
    this.#next.delete(keyOf(client, next));
  }
}

/** Token and client together: a token is no use to another client. */
function keyOf({ tokenUrl, clientId, clientSecret }: OAuth2Credentials, token: string): string {
  return createHash('sha256')
    .update(JSON.stringify([tokenUrl, clientId, clientSecret, token]))
    .digest('base64');
}

type Refresh = NonNullable<OAuth2Credentials['refresh']>;

export interface RefreshParts {
  readonly credentials: OAuth2Credentials;
  readonly refresh: Refresh;
  readonly chain: RefreshChain;
  readonly line: HostLine;
  readonly limits: Limits['gateway'];
  /** Asks the token endpoint with this refresh token. */
  readonly request: (refreshToken: string) => Promise<TokenAnswer>;
}

/** How often the stored token is looked at while another host may be about to replace it. */
const RACE_LOOKS = 5;

export interface Refreshed {
  readonly answer: TokenAnswer;
  /** Some vendors take a refresh token for a while after they have replaced it, so it stays a secret. */
  readonly used: string;
  /** Stores the new refresh token, if there is one. */
  store(): Promise<void>;
}

export async function refreshGrant(parts: RefreshParts): Promise<Refreshed> {
  const { refresh, line } = parts;
  const stored = refresh.place && (await line.ask({ t: 'stored', place: refresh.place }));
  const known = stored ?? refresh.token;
  try {
    return await use(parts, known);
  } catch (error) {
    if (!(error instanceof TokenRefusal) || !error.staleGrant || refresh.place === null) throw error;
    const other = await replacedBy(parts, refresh.place, known);
    if (other === undefined) throw error;
    return use(parts, other);
  }
}

function use({ credentials, refresh, chain, line, request }: RefreshParts, known: string): Promise<Refreshed> {
  return chain.alone(credentials, known, async () => {
    const expected = chain.from(credentials, known);
    const used = expected.at(-1) ?? known;
    const answer = await request(used);
    const next = answer.refreshToken ?? used;
    if (next !== used) chain.add(credentials, used, next);
    return {
      answer,
      used,
      async store() {
        if (next === known || refresh.place === null) return;
        await line.ask({ t: 'rotated', place: refresh.place, expected, next });
      },
    };
  });
}

/** The token that another host has stored instead of `known`. It may be between its use of the old one and its storing of the new one. */
async function replacedBy(
  { line, limits }: RefreshParts,
  place: RefreshTokenPlace,
  known: string,
): Promise<string | undefined> {
  for (let looks = 1; ; looks++) {
    const stored = await line.ask({ t: 'stored', place });
    // Null: the instance has changed, and who changed it knows better.
    if (stored === null) return undefined;
    if (stored !== known) return stored;
    if (looks === RACE_LOOKS) return undefined;
    await sleep(limits.tokenRace / RACE_LOOKS);
  }
}
