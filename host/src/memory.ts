// What was read of the database a moment ago, for what is asked all the time: an answer out of the cache would otherwise cost more in
// statements than in everything else. What has changed is told by the database, and by this host itself before it answers whoever
// changed it. Only what was there is remembered: of what is not, the next who asks may know better.
import { LRUCache } from 'lru-cache';

/** What a host hears changes of. `access`: of what somebody may do. */
export type Kind = 'instance' | 'client' | 'widget' | 'dashboard' | 'access';

export interface Change {
  readonly kind: Kind;
  /** Of the thing, or of whom it is about. */
  readonly id: string;
}

export interface MemoryOptions {
  /** What it stands on. */
  readonly of: readonly Kind[];
  /** That of `of` whose id is the key of what is remembered of it: a change of one leaves the others. */
  readonly by?: Kind;
  /** Things, or their sizes together. */
  readonly most: number;
}

/** What nobody tells. */
export interface About<T> {
  /** Whether it is still good. */
  readonly holds?: (value: T) => boolean;
  /** For how many milliseconds it stays as it is without a change; 0: not at all. */
  readonly lasts?: (value: T) => number;
}

export class Memory<T extends object> {
  readonly #known: LRUCache<string, T>;
  readonly #options: MemoryOptions;
  readonly #heldFor: number;
  /** Changes so far: what was read while one came in may be from before it. */
  #changes = 0;
  #hears = false;

  /** `sizeOf`: left out, each counts as one. */
  constructor(options: MemoryOptions, heldFor: number, sizeOf?: (value: T) => number) {
    this.#options = options;
    this.#heldFor = heldFor;
    const { most } = options;
    const bounds = sizeOf === undefined ? { max: most } : { maxSize: most, sizeCalculation: sizeOf };
    this.#known = new LRUCache({ ...bounds, ttl: heldFor });
  }

  get(key: string): T | undefined {
    return this.#known.get(key);
  }

  /** The same as it was a moment ago, or read. */
  async recall<R extends T | undefined>(key: string, read: () => Promise<R>, about: About<T> = {}): Promise<T | R> {
    const { holds = () => true, lasts = () => Number.POSITIVE_INFINITY } = about;
    const known = this.#known.get(key);
    if (known !== undefined && holds(known)) return known;
    const changes = this.#changes;
    const value = await read();
    if (value === undefined || !this.#hears || changes !== this.#changes) return value;
    const ttl = Math.min(this.#heldFor, lasts(value));
    if (ttl >= 1) this.#known.set(key, value, { ttl });
    return value;
  }

  /** Whatever has changed; or what is remembered by this key. */
  forget(key?: string): void {
    this.#changes += 1;
    if (key === undefined) this.#known.clear();
    else this.#known.delete(key);
  }

  /** Somebody has changed something. */
  heard({ kind, id }: Change): void {
    if (kind === this.#options.by) this.forget(id);
    else if (this.#options.of.includes(kind)) this.forget();
  }

  /** Whether changes are told from now on. What was told before is not known. */
  hear(hears: boolean): void {
    this.#hears = hears;
    this.forget();
  }
}

/** Everything that a host remembers so. */
export class Memories {
  readonly #heldFor: number;
  readonly #all: Memory<never>[] = [];
  #hears = false;

  constructor({ heldFor }: { readonly heldFor: number }) {
    this.#heldFor = heldFor;
  }

  open<T extends object>(options: MemoryOptions, sizeOf?: (value: T) => number): Memory<T> {
    const memory = new Memory<T>(options, this.#heldFor, sizeOf);
    memory.hear(this.#hears);
    this.#all.push(memory as unknown as Memory<never>);
    return memory;
  }

  /** Left out: whatever. */
  forget(change?: Change): void {
    for (const memory of this.#all) {
      if (change === undefined) memory.forget();
      else memory.heard(change);
    }
  }

  hear(hears: boolean): void {
    this.#hears = hears;
    for (const memory of this.#all) memory.hear(hears);
  }
}
