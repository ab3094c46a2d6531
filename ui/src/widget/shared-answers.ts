// One answer for all widgets of a page that ask the same. It is asked for while one of them can be seen, again in the rhythm of the
// widget, and when the host says that something has changed. All of them refresh in step: on the same marks of the clock.
import type { Problem } from '@jackfield/schemas';
import { type LiveEvent, liveEventsOf } from '../live/live-events.ts';
import type { Answer, Description } from './answer.ts';
import { askData, askDescription, Refusal } from './asking.ts';
import { keyOf, type Question } from './question.ts';

export interface State {
  readonly description?: Description;
  readonly answer?: Answer;
  /** Why there is no answer, or none that is newer. */
  readonly problem?: Problem;
  /** When the answer came, in milliseconds since the epoch. */
  readonly answeredAt?: number;
  readonly isAsking: boolean;
}

export interface Subscription {
  /** Whether somebody can see it. */
  show(isVisible: boolean): void;
  refresh(): void;
  end(): void;
}

const REFRESH_LEAST = 5000;
/** Many rows of a sync end together: one look is enough. */
const AFTER_EVENT = 500;

const shared = new Map<string, SharedAnswer>();

export function subscribe(question: Question, listener: (state: State) => void): Subscription {
  const key = keyOf(question);
  const answer = shared.get(key) ?? new SharedAnswer(question, () => shared.delete(key));
  shared.set(key, answer);
  return answer.subscribe(listener);
}

class SharedAnswer {
  readonly #question: Question;
  readonly #onEmpty: () => void;
  readonly #listeners = new Map<(state: State) => void, boolean>();
  #state: State = { isAsking: false };
  #asking: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #deaf: (() => void) | undefined;
  /** What is known is not what the host would say, and nobody has looked since. */
  #isDue = true;

  constructor(question: Question, onEmpty: () => void) {
    this.#question = question;
    this.#onEmpty = onEmpty;
    document.addEventListener('visibilitychange', this.#onVisibility);
  }

  subscribe(listener: (state: State) => void): Subscription {
    this.#listeners.set(listener, false);
    listener(this.#state);
    return {
      show: (isVisible) => {
        this.#listeners.set(listener, isVisible);
        this.#askIfDue();
      },
      refresh: () => this.#askSoon(0),
      end: () => {
        this.#listeners.delete(listener);
        if (this.#listeners.size === 0) this.#end();
      },
    };
  }

  readonly #onVisibility = (): void => this.#askIfDue();

  get #isSeen(): boolean {
    return !document.hidden && [...this.#listeners.values()].includes(true);
  }

  #askIfDue(): void {
    if (this.#isDue && this.#isSeen && this.#asking === undefined) void this.#ask();
  }

  #askSoon(inMs: number): void {
    this.#isDue = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#askIfDue(), inMs);
  }

  async #ask(): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    this.#isDue = false;
    clearTimeout(this.#timer);
    this.#set({ ...this.#state, isAsking: true });
    const { problem: _, ...known } = this.#state;
    try {
      // What it shows is asked each time: somebody may have changed it, or upgraded its plugin.
      const described = askDescription(this.#question, asking.signal);
      const answered = askData(this.#question, asking.signal);
      // The description says better why there is nothing to show.
      answered.catch(() => {});
      const description = await described;
      if (description.problem !== undefined) throw new Refusal(description.problem);
      this.#listen();
      const answer = await answered;
      this.#set({ description, answer, answeredAt: Date.now(), isAsking: false, ...problemIn(answer) });
    } catch (error) {
      if (asking.signal.aborted) return;
      this.#set({ ...known, problem: problemOf(error), isAsking: false });
    } finally {
      if (this.#asking === asking) this.#asking = undefined;
    }
    if (this.#isDue) return this.#askSoon(AFTER_EVENT);
    const every = Math.max(this.#state.description?.shows?.refreshMs ?? 60_000, REFRESH_LEAST);
    this.#timer = setTimeout(
      () => {
        this.#isDue = true;
        this.#askIfDue();
      },
      every - (Date.now() % every),
    );
  }

  #listen(): void {
    const { src, token } = this.#question;
    this.#deaf ??= liveEventsOf(src, token).listen((event) => {
      if (event === 'reset') this.#askSoon(Math.random() * 4 * AFTER_EVENT);
      else if (this.#concerns(event)) this.#askSoon(AFTER_EVENT);
    });
  }

  #concerns({ type, change, plugin, instance, widget, rows }: LiveEvent): boolean {
    const { what } = this.#question;
    const { description, answer } = this.#state;
    if (type === 'widget') return 'widget' in what && widget === what.widget && change !== 'moved';
    if (plugin !== description?.plugin) return false;
    if (type === 'plugin') return true;
    const shown = answer?.meta?.instances;
    if (type === 'instance') return change !== 'changed' || shown?.some(({ id }) => id === instance) !== false;
    if (type !== 'sync' && type !== 'rows' && type !== 'health') return false;
    const one = shown?.find(({ id }) => id === instance);
    if (shown !== undefined && one === undefined) return false;
    // A read that has found nothing new is news only for rows that count as old.
    return type !== 'sync' || rows !== 0 || change !== 'succeeded' || one?.state !== 'ok';
  }

  #set(state: State): void {
    this.#state = state;
    for (const listener of this.#listeners.keys()) listener(state);
  }

  #end(): void {
    this.#asking?.abort();
    clearTimeout(this.#timer);
    this.#deaf?.();
    document.removeEventListener('visibilitychange', this.#onVisibility);
    this.#onEmpty();
  }
}

/** A run that broke off after its first rows. */
function problemIn({ error }: Answer): { readonly problem?: Problem } {
  return error === undefined ? {} : { problem: error };
}

function problemOf(error: unknown): Problem {
  if (error instanceof Refusal) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return {
    type: 'about:blank',
    code: 'internal',
    status: 500,
    title: 'The answer cannot be read',
    detail,
    next: 'Load the page again.',
  };
}
