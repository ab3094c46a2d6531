// Work of one kind that comes while some of it is being done is done together, next: a statement for many costs little more than for
// one. Nobody waits for company: what comes alone is done at once.

export class Gathered<Item, Result> {
  readonly #perform: (items: readonly Item[]) => Promise<readonly Result[]>;
  #waiting: Waiting<Item, Result>[] = [];
  #isWorking = false;

  /** @param perform gives one result for each item, in their order; when it rejects, all of them do */
  constructor(perform: (items: readonly Item[]) => Promise<readonly Result[]>) {
    this.#perform = perform;
  }

  add(item: Item): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#waiting.push({ item, resolve, reject });
    if (!this.#isWorking) {
      this.#isWorking = true;
      // What comes in the same turn of the event loop comes together.
      setImmediate(() => void this.#work());
    }
    return promise;
  }

  /** Never rejects. */
  async #work(): Promise<void> {
    while (this.#waiting.length > 0) {
      const together = this.#waiting;
      this.#waiting = [];
      try {
        const results = await this.#perform(together.map(({ item }) => item));
        for (const [at, { resolve }] of together.entries()) resolve(results[at] as Result);
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    this.#isWorking = false;
  }
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}
