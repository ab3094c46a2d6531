// Where those who ask the same meet: in a finished result that is fresh enough, in a flight that is under way, or in a new one.
import type { Clock } from '../clock.ts';
import { isDraft, type Runner } from '../instances/index.ts';
import type { Limits } from '../limits.ts';
import { QueryCache, type CachedResult } from './cache.ts';
import { Flight, type FlightReader } from './flight.ts';
import { columnsOf, type Question } from './question.ts';

/** A reader's place in a flight. */
export interface Boarded {
  readonly flight: Flight;
  readonly reader: FlightReader;
}

export interface FlightBoardParts {
  readonly runner: Runner;
  readonly limits: Limits;
  readonly clock: Clock;
}

export class FlightBoard {
  readonly #parts: FlightBoardParts;
  readonly #cache: QueryCache;
  #serial = 0;

  constructor(parts: FlightBoardParts) {
    this.#parts = parts;
    this.#cache = new QueryCache(parts.limits.cache);
  }

  /** The last result, however old. */
  last({ key }: Question): CachedResult | undefined {
    return this.#cache.get(key);
  }

  /** Drops everything known about an instance that was changed or deleted. */
  forgetInstance(instanceId: string): void {
    this.#cache.forgetInstance(instanceId);
  }

  /** A place in the flight that already serves this, or in a new one. What is kept is the promise: two who ask at once must not both take off. */
  async board(question: Question): Promise<Boarded> {
    const { flights } = this.#cache;
    const { key } = question;
    for (let known = flights.get(key); known !== undefined;) {
      const flight = await known;
      if (flight.isWhole) return { flight, reader: flight.join() };
      // Of those who waited, the first has replaced it.
      const next = flights.get(key);
      known = next === known ? undefined : next;
    }
    const taking = this.#takeOff(question);
    flights.set(key, taking);
    const land = (): void => {
      if (flights.get(key) === taking) flights.delete(key);
    };
    taking.then((flight) => flight.ended.then(land), land);
    const flight = await taking;
    return { flight, reader: flight.join() };
  }

  async #takeOff(question: Question): Promise<Flight> {
    const { runner, limits, clock } = this.#parts;
    const { instance, queryId: id, query, params, encoding } = question;
    const { queryTimeoutMs = limits.queryDeadline } = instance.plugin.manifest.limits;
    const work = { kind: 'query', id, params, columns: query.dynamicColumns ? null : query.columns, encoding } as const;
    const startedAt = clock.now();
    const run = await runner.start(instance, work, Math.min(limits.queryDeadline, queryTimeoutMs));
    const flight = new Flight(
      run,
      { keepBytes: limits.cache.resultBytes, stall: limits.readerHoldsOthers },
      clock,
      startedAt,
    );
    void flight.ended.then(async () => {
      const { problem, rows, vendorCalls } = await run.result;
      if (problem === undefined && flight.isWhole && !isDraft(instance.view.id))
        this.#keep(question, flight, rows, vendorCalls);
    });
    return flight;
  }

  #keep(question: Question, flight: Flight, rows: number, vendorCalls: number): void {
    this.#serial += 1;
    this.#cache.set(question.key, {
      serial: this.#serial,
      instanceId: question.instance.view.id,
      columns: columnsOf(question, flight),
      chunks: flight.chunks,
      bytes: flight.bytes,
      rows,
      asOf: flight.startedAt,
      elapsedMs: flight.elapsedMs,
      vendorCalls,
      ready: flight.bytes <= this.#parts.limits.cache.readyBytes ? new Map() : undefined,
    });
  }
}
