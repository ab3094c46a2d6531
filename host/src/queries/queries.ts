// Runs queries: params, cache, single flight, sandbox. A vendor that fails is answered for with the last result, marked stale.
import { createHash } from 'node:crypto';
import type { Column } from '@jackfield/schemas';
import type { Encoding } from '@jackfield/sdk/runtime';
import type { Clock } from '../clock.ts';
import type { ErrorCode, Problem } from '../errors.ts';
import type { Instances, ResolvedInstance, Runner } from '../instances/index.ts';
import type { Hooks } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { RunResult } from '../sandbox/index.ts';
import { QueryCache, type CachedResult } from './cache.ts';
import { Flight, type FlightReader } from './flight.ts';
import { canonicalJson, ParamsValidator } from './params.ts';
import { fromCache, fromFlight, type ResultStream } from './result-stream.ts';

export interface QueryRequest {
  readonly instanceId: string;
  readonly queryId: string;
  readonly params: Record<string, unknown>;
  /** Where the params come from: text in a URL is converted to the types of the schema. */
  readonly source: 'json' | 'url';
  readonly encoding: Encoding;
  /** Ask the vendor even when a fresh result is cached. */
  readonly noCache?: boolean;
  /** Aborts when the reader is gone: the run goes on only while somebody else reads it. */
  readonly signal?: AbortSignal;
}

export interface QuerySummary {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  readonly params: object;
  readonly columns: readonly Column[];
  readonly cacheMs: number;
}

export interface Queries {
  list(instanceId: string): Promise<QuerySummary[]>;
  /**
   * Resolves when the first rows, or the end, are known.
   * @throws Problem when there is nothing to show: bad params, no such query, or a failure without an older result.
   */
  run(request: QueryRequest): Promise<ResultStream>;
}

/** Failures of the vendor, not of the question: an older answer is better than none. */
const FALLS_BACK: ReadonlySet<ErrorCode> = new Set([
  'vendor_unavailable',
  'vendor_error',
  'vendor_bad_response',
  'rate_limited',
  'timeout',
]);

/** A reader's place in a flight. */
interface Boarded {
  readonly flight: Flight;
  readonly reader: FlightReader;
}

export interface QueriesParts {
  readonly instances: Instances;
  readonly runner: Runner;
  readonly hooks: Hooks;
  readonly limits: Limits;
  readonly clock: Clock;
}

export function createQueries(parts: QueriesParts): Queries {
  return new QueryService(parts);
}

class QueryService implements Queries {
  readonly #parts: QueriesParts;
  readonly #cache: QueryCache;
  readonly #params = new ParamsValidator();

  constructor(parts: QueriesParts) {
    this.#parts = parts;
    this.#cache = new QueryCache(parts.limits.cache);
    parts.hooks.contribute.for('queries').tap('queries', ({ plugin, active }) => {
      if (active) this.#params.add(plugin);
      else this.#params.remove(plugin);
    });
    parts.hooks.instance.tap('queries: cache', (event) => this.#cache.forgetInstance(event.id));
  }

  async list(instanceId: string): Promise<QuerySummary[]> {
    const { plugin } = await this.#parts.instances.resolve(instanceId);
    return Object.entries(plugin.manifest.queries).map(([id, query]) => ({
      id,
      title: query.title,
      ...(query.description === undefined ? {} : { description: query.description }),
      params: query.params,
      columns: query.columns,
      cacheMs: query.cacheMs,
    }));
  }

  async run(request: QueryRequest): Promise<ResultStream> {
    const instance = await this.#parts.instances.resolve(request.instanceId);
    const { plugin } = instance;
    const params = this.#params.check(plugin, request.queryId, request.params, request.source);
    const key = keyOf(instance, request, params);
    const cached = this.#cache.get(key);
    const ttl = plugin.manifest.queries[request.queryId]?.cacheMs ?? 0;
    if (cached !== undefined && !request.noCache && this.#parts.clock.now() - cached.asOf < ttl)
      return fromCache(cached);
    const boarded = await this.#board(key, instance, request, params);
    const leave = (): void => boarded.reader.close();
    if (request.signal?.aborted) leave();
    request.signal?.addEventListener('abort', leave, { once: true });
    return this.#firstRows(boarded, instance, request, cached);
  }

  /** A place in the flight that already serves this, or in a new one. What is kept is the promise: two who ask at once must not both take off. */
  async #board(
    key: string,
    instance: ResolvedInstance,
    request: QueryRequest,
    params: Record<string, unknown>,
  ): Promise<Boarded> {
    const { flights } = this.#cache;
    for (let known = flights.get(key); known !== undefined;) {
      const flight = await known;
      if (flight.isWhole) return { flight, reader: flight.join() };
      // Of those who waited, the first has replaced it.
      const next = flights.get(key);
      known = next === known ? undefined : next;
    }
    const taking = this.#takeOff(key, instance, request, params);
    flights.set(key, taking);
    const land = (): void => {
      if (flights.get(key) === taking) flights.delete(key);
    };
    taking.then((flight) => flight.ended.then(land), land);
    const flight = await taking;
    return { flight, reader: flight.join() };
  }

  async #takeOff(
    key: string,
    instance: ResolvedInstance,
    request: QueryRequest,
    params: Record<string, unknown>,
  ): Promise<Flight> {
    const { runner, limits, clock } = this.#parts;
    const columns = columnsOf(instance, request);
    const deadline = Math.min(
      limits.queryDeadline,
      instance.plugin.manifest.limits.queryTimeoutMs ?? limits.queryDeadline,
    );
    const work = { kind: 'query', id: request.queryId, params, columns, encoding: request.encoding } as const;
    const startedAt = clock.now();
    const run = await runner.start(instance, work, deadline);
    const flight = new Flight(
      run,
      { keepBytes: limits.cache.resultBytes, stall: limits.readerHoldsOthers },
      clock,
      startedAt,
    );
    void flight.ended.then(async () => this.#keep(key, instance, columns, flight, await run.result));
    return flight;
  }

  #keep(key: string, instance: ResolvedInstance, columns: readonly Column[], flight: Flight, result: RunResult): void {
    if (result.problem !== undefined || !flight.isWhole) return;
    this.#cache.set(key, {
      instanceId: instance.view.id,
      columns,
      chunks: flight.chunks,
      bytes: flight.bytes,
      rows: result.rows,
      asOf: flight.startedAt,
      elapsedMs: flight.elapsedMs,
      vendorCalls: result.vendorCalls,
    });
  }

  /** Waits for the first chunk: until then a failure can still become a clean answer or an older result. */
  async #firstRows(
    { flight, reader }: Boarded,
    instance: ResolvedInstance,
    request: QueryRequest,
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
    return fromFlight(flight, reader, first, columnsOf(instance, request));
  }

  #fallback(problem: Problem, cached: CachedResult | undefined): ResultStream | undefined {
    if (cached === undefined || !FALLS_BACK.has(problem.code)) return undefined;
    const ageMs = this.#parts.clock.now() - cached.asOf;
    if (ageMs > this.#parts.limits.cache.staleFor) return undefined;
    return fromCache(cached, { ageMs, code: problem.code, reason: problem.message });
  }
}

function columnsOf(instance: ResolvedInstance, request: QueryRequest): readonly Column[] {
  return instance.plugin.manifest.queries[request.queryId]?.columns ?? [];
}

function keyOf(instance: ResolvedInstance, request: QueryRequest, params: Record<string, unknown>): string {
  const { view, plugin } = instance;
  const version = `${plugin.manifest.name}@${plugin.manifest.version}/${plugin.manifest.bundle.sha256}`;
  const hash = createHash('sha256').update(canonicalJson(params)).digest('base64url');
  // An id may be used again after its instance was deleted, and revisions start over.
  return [view.id, view.createdAt, view.revision, version, request.queryId, request.encoding, hash].join(' ');
}
