// Whether the thread of a run still turns its event loop: it is asked now and then, and anything that comes from it is an answer.

/** Unanswered questions in a row. One says nothing: this process, or the machine, may have stood still and not the thread. */
const SILENT = 2;

export class Pulse {
  readonly #timer: NodeJS.Timeout;
  #unanswered = 0;

  /** `onSilent` may be called again and again. */
  constructor(every: number, ask: () => void, onSilent: () => void) {
    this.#timer = setInterval(() => {
      if (this.#unanswered >= SILENT) onSilent();
      this.#unanswered += 1;
      ask();
    }, every).unref();
  }

  heard(): void {
    this.#unanswered = 0;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
