// Work of one kind that comes while some of it is being done is done together, next: a statement for many costs little more than for
// one. Nobody waits for company: what comes alone is done at once. Nobody fails for company either.

export class Gathered<Item, Result> {
  readonly #perform: (items: readonly Item[]) => Promise<readonly Result[]>;
  #waiting: Waiting<Item, Result>[] = [];
  #isWorking = false;

  /** @param perform gives one result for each item, in their order; when it rejects, each of them is tried alone */
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
      if (!(await this.#try(together, together.length === 1))) for (const one of together) await this.#try([one], true);
    }
    this.#isWorking = false;
  }

  /** @param isLast whether a failure is told, and not only returned as false */
  async #try(together: readonly Waiting<Item, Result>[], isLast: boolean): Promise<boolean> {
    try {
      const results = await this.#perform(together.map(({ item }) => item));
      for (const [at, { resolve }] of together.entries()) resolve(results[at] as Result);
      return true;
    } catch (error) {
      if (isLast) for (const { reject } of together) reject(error);
      return isLast;
    }
  }
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}
