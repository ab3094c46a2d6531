// The host's side of cassettes: keeps what was recorded, plays what was. Secrets of everybody who called are known here.
import {
  createPlayer,
  formatCassette,
  toExchange,
  UnknownRequestError,
  type Player,
  type WireExchange,
} from '@jackfield/sdk/cassette';
import type { Cassette } from '@jackfield/schemas';
import type { Clock } from '../clock.ts';
import type { Connection } from './connection.ts';
import type { PlayedText, TapeQuestion } from './messages.ts';

export type CassetteMode =
  | { readonly mode: 'record'; readonly plugin: string }
  /** No call reaches a vendor. */
  | { readonly mode: 'replay'; readonly cassette: Cassette };

export class CassetteDesk {
  readonly #mode: CassetteMode;
  readonly #clock: Clock;
  readonly #secrets = new Set<string>();
  readonly #recorded: WireExchange[] = [];
  #player: Player | undefined;

  constructor(mode: CassetteMode, clock: Clock) {
    this.#mode = mode;
    this.#clock = clock;
  }

  get mode(): CassetteMode['mode'] {
    return this.#mode.mode;
  }

  know(secrets: Iterable<string>): void {
    for (const secret of secrets) this.#secrets.add(secret);
    // One that becomes known while it plays is taken out of what is asked from then on; what was played stays played.
  }

  answer(question: TapeQuestion): string | null {
    if (question.t === 'recorded') {
      this.#recorded.push(question.exchange);
      return null;
    }
    if (this.#mode.mode !== 'replay') return null;
    this.#player ??= createPlayer(this.#mode.cassette, this.#secrets);
    return JSON.stringify(played(this.#player, question));
  }

  /** What was recorded so far, without secrets. @throws CassetteError when one is left in it all the same. */
  eject(): Cassette {
    const cassette: Cassette = {
      version: 1,
      plugin: this.#mode.mode === 'record' ? this.#mode.plugin : this.#mode.cassette.plugin,
      recordedAt: new Date(this.#clock.now()).toISOString(),
      exchanges: this.#recorded.map((wire) => toExchange(wire, this.#secrets)),
    };
    formatCassette(cassette, this.#secrets);
    return cassette;
  }
}

function played(player: Player, { request, baseOrigin }: Extract<TapeQuestion, { t: 'replay' }>): PlayedText {
  try {
    const { status, headers, body } = player.play(request, baseOrigin);
    return { status, headers, base64: Buffer.from(body).toString('base64') };
  } catch (error) {
    if (error instanceof UnknownRequestError) return { unknown: error.message };
    throw error;
  }
}

/** What the gateway adds to the calls of a connection, and whatever else must not be kept. */
export function secretsOf({ credentials, clientCertificate, secrets: others = [] }: Connection): string[] {
  const secrets = clientCertificate === undefined ? others : [...others, clientCertificate.key];
  switch (credentials?.type) {
    case undefined:
      return [...secrets];
    case 'basic': {
      const { username, password } = credentials;
      return [...secrets, password, Buffer.from(`${username}:${password}`).toString('base64')];
    }
    case 'bearer':
      return [...secrets, credentials.token];
    case 'apiKey':
      return [...secrets, credentials.value];
    case 'oauth2': {
      const { clientSecret, refresh } = credentials;
      return [...secrets, clientSecret, ...(refresh === undefined ? [] : [refresh.token])];
    }
  }
}
