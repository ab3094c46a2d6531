/** How many more body chunks the reader wants. */
export class Credits {
  readonly #signal: AbortSignal;
  #left: number;
  #wake: (() => void) | undefined;

  constructor(left: number, signal: AbortSignal) {
    this.#left = left;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake?.(), { once: true });
  }

  add(chunks: number): void {
    this.#left += chunks;
    this.#wake?.();
  }

  /** Waits until a chunk may be sent, and counts it as sent. Rejects with the signal's reason. */
  async spend(): Promise<void> {
    this.#signal.throwIfAborted();
    while (this.#left === 0) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#signal.throwIfAborted();
    }
    this.#left--;
  }
}
