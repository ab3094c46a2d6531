// Asks one instance's vendor, or the cache in its place. A vendor that fails is answered for with the last result, marked stale.
import type { Clock } from '../clock.ts';
import { Problem, type ErrorCode } from '../errors.ts';
import type { Instances, ResolvedInstance } from '../instances/index.ts';
import type { Limits } from '../limits.ts';
import type { CachedResult } from './cache.ts';
import { withDeadline } from './deadline.ts';
import type { Boarded, FlightBoard } from './flight-board.ts';
import type { ParamsValidator } from './params.ts';
import { assertMayRun, columnsOf, createQuestion, queryOf, type Question } from './question.ts';
import type { Asking, FillParams } from './request.ts';
import { type Current, fromCache, fromFlight, type ResultStream } from './result-stream.ts';

/** Failures of the vendor, not of the question: an older answer is better than none. */
const FALLS_BACK: ReadonlySet<ErrorCode> = new Set([
  'vendor_unavailable',
  'vendor_error',
  'vendor_bad_response',
  'rate_limited',
  'timeout',
]);

export interface LiveAskingParts {
  readonly instances: Pick<Instances, 'remembers'>;
  readonly board: FlightBoard;
  readonly params: ParamsValidator;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly fill?: FillParams;
}

export class LiveAsking {
  readonly #parts: LiveAskingParts;

  constructor(parts: LiveAskingParts) {
    this.#parts = parts;
  }

  /** Checked, and ready to run. */
  async question(instance: ResolvedInstance, request: Asking): Promise<Question> {
    const { fill, params: validator } = this.#parts;
    const { plugin } = instance;
    const { queryId, encoding, source } = request;
    const query = queryOf(plugin, queryId);
    assertMayRun(request.role, plugin, queryId, query);
    const filled = await fill?.(instance, plugin, queryId, request.params, request.forClient ?? null);
    const params = validator.check(plugin, queryId, filled ?? request.params, source);
    return createQuestion({ instance, queryId, query, params, encoding });
  }

  /** The result that answers it as it is. */
  fresh(question: Question): CachedResult | undefined {
    const cached = this.#parts.board.last(question);
    const isFresh = cached !== undefined && this.#parts.clock.now() - cached.asOf < question.query.cacheMs;
    return isFresh ? cached : undefined;
  }

  /** Whether that result is still what whoever asks the same is answered with: nothing on the way there can end otherwise. */
  holds(question: Question, serial: number): boolean {
    return this.fresh(question)?.serial === serial && this.#parts.instances.remembers(question.instance);
  }

  /** `seesAll`: whoever asks sees every client. */
  async ask(question: Question, request: Asking, seesAll = false): Promise<ResultStream> {
    const { board } = this.#parts;
    const known = request.noCache ? undefined : this.fresh(question);
    if (known !== undefined) return fromCache(known, seesAll ? { current: this.#currentOf(question, known) } : {});
    const cached = board.last(question);
    const boarded = await this.#boardOrFallBack(question, cached);
    if (!('flight' in boarded)) return boarded;
    const { flight, reader } = boarded;
    const leave = (): void => reader.close();
    if (request.signal?.aborted) leave();
    request.signal?.addEventListener('abort', leave, { once: true });
    return this.#firstRows({ flight, reader: this.#patient(reader, question, request) }, question, cached);
  }

  #patient(reader: Boarded['reader'], question: Question, { deadlineMs }: Asking): Boarded['reader'] {
    if (deadlineMs === undefined) return reader;
    const late = (): Problem => tooLate(question, deadlineMs);
    return withDeadline(reader, Math.min(deadlineMs, this.#parts.limits.queryDeadline), late);
  }

  #currentOf(question: Question, { serial }: CachedResult): Current {
    return (format) =>
      this.holds(question, serial) ? this.#parts.board.last(question)?.ready?.get(format) : undefined;
  }

  /** A vendor that wants to be left alone is not asked at all. */
  async #boardOrFallBack(question: Question, cached: CachedResult | undefined): Promise<Boarded | ResultStream> {
    try {
      return await this.#parts.board.board(question);
    } catch (error) {
      const fallback = error instanceof Problem ? this.#fallback(error, cached) : undefined;
      if (fallback === undefined) throw error;
      return fallback;
    }
  }

  /** Waits for the first chunk: until then a failure can still become a clean answer or an older result. */
  async #firstRows(
    { flight, reader }: Boarded,
    question: Question,
    cached: CachedResult | undefined,
  ): Promise<ResultStream> {
    const first = await reader.next();
    if (first === null) {
      const { problem } = await reader.result();
      if (problem !== undefined) {
        const fallback = this.#fallback(problem, cached);
        if (fallback !== undefined) return fallback;
        throw problem;
      }
    }
    return fromFlight(flight, reader, first, columnsOf(question, flight));
  }

  #fallback(problem: Problem, cached: CachedResult | undefined): ResultStream | undefined {
    if (cached === undefined || !FALLS_BACK.has(problem.code)) return undefined;
    const ageMs = this.#parts.clock.now() - cached.asOf;
    if (ageMs > this.#parts.limits.cache.staleFor) return undefined;
    return fromCache(cached, { stale: { ageMs, code: problem.code, reason: problem.message } });
  }
}

function tooLate({ instance: { view, plugin }, queryId }: Question, ms: number): Problem {
  return new Problem('timeout', `query "${queryId}" was not done after ${ms} ms of waiting, as deadlineMs asked`, {
    plugin: plugin.manifest.name,
    instanceId: view.id,
  });
}
