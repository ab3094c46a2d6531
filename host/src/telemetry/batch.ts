/**
 * What is counted, until it is handed on many at a time. Alone each costs a request several times as much: what counts has left the
 * processor's caches by the next one.
 */
export class Batch<T> {
  readonly #most: number;
  readonly #count: (one: T) => void;
  #waiting: T[] = [];

  constructor(most: number, count: (one: T) => void) {
    this.#most = most;
    this.#count = count;
  }

  add(one: T): void {
    this.#waiting.push(one);
    if (this.#waiting.length >= this.#most) this.flush();
  }

  /** Call it before anybody reads what was counted. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) this.#count(one);
  }
}
