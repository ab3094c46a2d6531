// The thread's line to the host, for what only the host can do: store a token, and look out for it in what is logged.
import type { FromThread, Question, TapeQuestion } from '../messages.ts';

export class HostLine {
  readonly #tell: (message: FromThread) => void;
  readonly #open = new Map<number, (value: string | null) => void>();
  #next = 1;

  constructor(tell: (message: FromThread) => void) {
    this.#tell = tell;
  }

  /** The host answers every question, and lives as long as this thread. */
  ask(question: Question | TapeQuestion): Promise<string | null> {
    const ask = this.#next++;
    const { promise, resolve } = Promise.withResolvers<string | null>();
    this.#open.set(ask, resolve);
    this.#tell({ t: 'ask', ask, question });
    return promise;
  }

  answer(ask: number, value: string | null): void {
    this.#open.get(ask)?.(value);
    this.#open.delete(ask);
  }
}
