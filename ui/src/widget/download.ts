// All rows of a widget as a CSV file, for the element that has the button.
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { arrivingFile, saveFile } from '../files/arriving-file.ts';
import { askFile } from './asking.ts';
import type { Question } from './question.ts';

export class Download implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  #running: AbortController | undefined;
  /** Bytes that have come; undefined when nothing is on its way. */
  arrived: number | undefined;
  /** It broke off: what came of it is no file. */
  isBroken = false;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.stop();
  }

  stop(): void {
    this.#running?.abort();
  }

  async start(question: Question, title: string): Promise<void> {
    const running = new AbortController();
    this.#running = running;
    this.#say(0, false);
    try {
      const response = await askFile(question, running.signal);
      const file = await arrivingFile(response, (bytes) => this.#say(bytes, false));
      saveFile(file, `${title.replaceAll(/[^\p{L}\p{N}]+/gu, '-').slice(0, 60) || 'rows'}.csv`);
      this.#say(undefined, false);
    } catch {
      this.#say(undefined, !running.signal.aborted);
    }
  }

  #say(arrived: number | undefined, isBroken: boolean): void {
    this.arrived = arrived;
    this.isBroken = isBroken;
    this.#host.requestUpdate();
  }
}
