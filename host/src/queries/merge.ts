// Many writers, one reader. Each writer has one item waiting at most and goes on when it is taken; whoever has one is next, so that
// nobody is held up by a slow writer and a reader that stops makes all of them wait.

interface Offer<T> {
  readonly item: T;
  readonly answer: (isTaken: boolean) => void;
}

export class Merge<T> {
  readonly #offers: Offer<T>[] = [];
  #isOver = false;
  #wake: (() => void) | undefined;

  /** Resolves when the reader has taken the item: true; false when it will take nothing any more. */
  async offer(item: T): Promise<boolean> {
    if (this.#isOver) return false;
    return new Promise((answer) => {
      this.#offers.push({ item, answer });
      this.#wake?.();
    });
  }

  /** The next item, or null at the end. */
  async next(): Promise<T | null> {
    for (;;) {
      const offer = this.#offers.shift();
      if (offer !== undefined) {
        offer.answer(true);
        return offer.item;
      }
      if (this.#isOver) return null;
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
  }

  /** Every writer is done, or the reader is gone: who still waits is sent away. */
  end(): void {
    this.#isOver = true;
    for (const { answer } of this.#offers.splice(0)) answer(false);
    this.#wake?.();
  }
}
