// One reader of events. It is a position in the memory that all share; what it does not take waits there, and when it is forgotten
// there, the reader is told to reload everything.
//
// It is over when its reader or the host goes, when whoever it is for may not be told any more, or when it has taken nothing for long.
import type { Principal } from '../access/index.ts';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import type { LiveLimits } from '../live-limits.ts';
import type { Store } from '../store/index.ts';
import type { Entry, EventRing } from './event-ring.ts';
import { beat, opening, reset, told } from './frames.ts';
import { type Sight, sightOf } from './sight.ts';

export interface StreamOptions {
  readonly store: Pick<Store, 'db' | 'readAs'>;
  readonly ring: EventRing;
  readonly limits: LiveLimits;
  readonly clock: Clock;
  readonly principal: Principal;
  /** Id of the last event that the reader has. */
  readonly since: string | undefined;
  /** Who asks, now. @throws Problem `auth_failed` when that is over. */
  readonly identify: () => Promise<Principal>;
}

export class LiveStream {
  readonly #options: StreamOptions;
  readonly #over = new AbortController();
  #principal: Principal;
  #sight: Sight;
  #position: number;
  readonly #opening: string;
  #wake = Promise.withResolvers<void>();
  #beatDue = false;
  #identifiedAt: number;
  /** When the reader was given what it has not taken yet; undefined: it has everything. */
  #givenAt: number | undefined;

  private constructor(options: StreamOptions, sight: Sight) {
    const { ring, since, principal, clock, limits } = options;
    this.#options = options;
    this.#principal = principal;
    this.#sight = sight;
    this.#identifiedAt = clock.now();
    const after = since === undefined ? undefined : ring.after(since);
    this.#opening = opening(
      limits.retry * (1 + Math.random()),
      since === undefined ? ring.last : undefined,
      after !== undefined,
    );
    // One that is not remembered is before everything that is.
    this.#position = since === undefined ? ring.end : (after ?? -1);
  }

  static async open(options: StreamOptions): Promise<LiveStream> {
    return new LiveStream(options, await sightOf(options.store, options.principal));
  }

  get principal(): Principal {
    return this.#principal;
  }

  /** Aborted when it is over. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Whether its reader has not taken what it was given last: then nothing more can be said to it, not even that it is over. */
  get isHeldUp(): boolean {
    return this.#givenAt !== undefined;
  }

  async *frames(): AsyncGenerator<string> {
    yield this.#opening;
    while (!this.#over.signal.aborted) {
      const news = await this.#news();
      if (news === '') {
        await this.#wake.promise;
        this.#wake = Promise.withResolvers();
      } else {
        this.#givenAt = this.#options.clock.now();
        yield news;
        this.#givenAt = undefined;
      }
    }
  }

  /** There may be something new. */
  wake(): void {
    this.#wake.resolve();
  }

  end(): void {
    this.#over.abort();
    this.wake();
  }

  /** Called every heartbeat. */
  async tick(): Promise<void> {
    const { clock, limits } = this.#options;
    const now = clock.now();
    if (this.isHeldUp && now - (this.#givenAt ?? now) >= limits.stall) return this.end();
    if (now - this.#identifiedAt >= limits.identify) await this.identify();
    this.#beatDue = true;
    this.wake();
  }

  /** Asks who it is for: they may be told more, less or nothing by now. */
  async identify(): Promise<void> {
    const { store, identify, clock } = this.#options;
    this.#identifiedAt = clock.now();
    try {
      this.#principal = await identify();
      this.#sight = await sightOf(store, this.#principal);
    } catch (error) {
      // A database that is away is asked again.
      if (error instanceof Problem) this.end();
    }
  }

  async #news(): Promise<string> {
    const { ring, limits } = this.#options;
    let text = '';
    while (text === '' && this.#position < ring.end) {
      // What it has not read may have been forgotten while it was asked whether it may hear of what came before.
      if (ring.isLost(this.#position)) {
        this.#position = ring.end;
        this.#beatDue = false;
        return reset(ring.last);
      }
      const entries = ring.from(this.#position, limits.page);
      this.#position += entries.length;
      for (const entry of entries) text += await this.#told(entry);
    }
    if (text !== '' || !this.#beatDue) return text;
    this.#beatDue = false;
    return beat(ring.last);
  }

  async #told(entry: Entry): Promise<string> {
    if (entry.type === 'mark') return '';
    // What a widget shows says what its page may hear of.
    if (entry.widget !== undefined && this.#principal.widgets?.has(entry.widget))
      this.#sight = await sightOf(this.#options.store, this.#principal);
    return this.#sight(entry) ? told(entry) : '';
  }
}
