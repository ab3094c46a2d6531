// The last events, in one memory for all readers: a reader is a position in it and has no queue of its own. Positions only grow.
import type { LiveEvent } from './events.ts';

/** A place in the order without anything to tell. */
export type Entry = LiveEvent | { readonly id: string; readonly type: 'mark' };

export class EventRing {
  readonly #most: number;
  readonly #places = new Map<string, number>();
  #entries: Entry[] = [];
  #start = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** The position of what comes next. */
  get end(): number {
    return this.#start + this.#entries.length;
  }

  /** Id of the last entry; undefined when nothing is known. */
  get last(): string | undefined {
    return this.#entries.at(-1)?.id;
  }

  push(entry: Entry): void {
    this.#places.set(entry.id, this.end);
    this.#entries.push(entry);
    if (this.#entries.length <= this.#most) return;
    // A half at a time, so that it costs nothing for each.
    const gone = this.#entries.splice(0, Math.ceil(this.#most / 2));
    for (const { id } of gone) this.#places.delete(id);
    this.#start += gone.length;
  }

  /** Something may have been missed: whoever reads is lost, also those who had read everything. */
  clear(): void {
    this.#start = this.end + 1;
    this.#entries = [];
    this.#places.clear();
  }

  /** The position after this id; undefined when it is not remembered. */
  after(id: string): number | undefined {
    const place = this.#places.get(id);
    return place === undefined ? undefined : place + 1;
  }

  /** Whether what comes after the reader is not all remembered. */
  isLost(position: number): boolean {
    return position < this.#start;
  }

  /** Up to so many entries from a position that is not lost. */
  from(position: number, most: number): readonly Entry[] {
    const first = position - this.#start;
    return this.#entries.slice(first, first + most);
  }
}
