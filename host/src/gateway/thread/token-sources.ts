// Which instance has which token source. A source outlives the runs that use it, as its token does.
import type { Clock } from '../../clock.ts';
import type { Limits } from '../../limits.ts';
import type { Connection, OAuth2Credentials } from '../connection.ts';
import type { HostLine } from './host-line.ts';
import { RefreshChain } from './refresh-grant.ts';
import { TokenSource } from './token-source.ts';

interface Entry {
  readonly source: TokenSource;
  users: number;
  expiry: NodeJS.Timeout | undefined;
}

export interface TokenSourcesParts {
  readonly line: HostLine;
  readonly clock: Clock;
  readonly limits: Limits['gateway'];
}

export class TokenSources {
  readonly #parts: TokenSourcesParts;
  readonly #chain = new RefreshChain();
  readonly #entries = new Map<string, Entry>();

  constructor(parts: TokenSourcesParts) {
    this.#parts = parts;
  }

  /** Call `release` when the run is over. */
  take(connection: Connection, credentials: OAuth2Credentials): { source: TokenSource; release(): void } {
    const { instanceId, revision } = connection;
    const key = JSON.stringify([instanceId, revision]);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const source = new TokenSource({ ...this.#parts, chain: this.#chain, connection, credentials });
      entry = { source, users: 0, expiry: undefined };
      this.#entries.set(key, entry);
    }
    const taken = entry;
    clearTimeout(taken.expiry);
    taken.users++;
    return {
      source: taken.source,
      release: () => {
        if (--taken.users > 0) return;
        taken.expiry = setTimeout(() => this.#entries.delete(key), this.#parts.limits.tokenIdle).unref();
      },
    };
  }

  /** Resolves when no token is on its way: one that replaces a refresh token must not be lost. */
  async settled(): Promise<void> {
    await Promise.all(this.#entries.values().map(({ source }) => source.settled()));
  }
}
