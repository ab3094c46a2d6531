// Runs queries: role, params, cache, single flight, sandbox. A vendor that fails is answered for with the last result, marked stale.
import type { ClientScope } from '../access/index.ts';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../clock.ts';
import { Problem, type ErrorCode } from '../errors.ts';
import {
  instanceNotFound,
  type Instances,
  type PluginFinder,
  type ResolvedInstance,
  type Runner,
} from '../instances/index.ts';
import type { Hooks, PluginVersion } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Views } from '../views/index.ts';
import type { CachedResult } from './cache.ts';
import { withDeadline } from './deadline.ts';
import { openFanOut, type FanOut } from './fan-out.ts';
import { FlightBoard, type Boarded } from './flight-board.ts';
import { membersOf, theMember } from './members.ts';
import { hasPlaceholder, ParamsValidator } from './params.ts';
import { assertMayRun, columnsOf, createQuestion, EVERYBODY, queryOf, type Question } from './question.ts';
import type { Asking, FanOutRequest, FillParams, QueryRequest, QuerySummary, ViewAsking } from './request.ts';
import { type Current, fromCache, fromFlight, type ResultStream } from './result-stream.ts';
import { SyncedAsking } from './synced-asking.ts';

export interface Queries {
  list(instanceId: string, clients?: ClientScope): Promise<QuerySummary[]>;
  /**
   * Resolves when the first rows, or the end, are known.
   * @throws Problem when there is nothing to show: bad params, no such query, a role too low, or a failure without an older result.
   */
  run(request: QueryRequest): Promise<ResultStream>;
  /** The same on an instance that the caller has resolved: one that is not saved. Only live queries. */
  runOn(instance: ResolvedInstance, request: Asking): Promise<ResultStream>;
  /**
   * Runs a query on many instances of a plugin at once. Resolves before any of them has answered; who fails is named in the end.
   * @throws Problem when nothing can be asked: no such plugin or query, a role too low, params or instances that cannot be right.
   */
  fanOut(request: FanOutRequest): Promise<FanOut>;
  /**
   * Reads synced rows of many instances. @throws Problem when they cannot be read: no such stream, a view that does not fit it, or a
   * stream that needs a repair.
   */
  readView(request: ViewAsking): Promise<FanOut>;
}

/** Failures of the vendor, not of the question: an older answer is better than none. */
const FALLS_BACK: ReadonlySet<ErrorCode> = new Set([
  'vendor_unavailable',
  'vendor_error',
  'vendor_bad_response',
  'rate_limited',
  'timeout',
]);

export interface QueriesParts {
  readonly instances: Instances;
  readonly plugins: PluginFinder;
  readonly runner: Runner;
  readonly views: Views;
  readonly hooks: Hooks;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Log;
  readonly fill?: FillParams;
}

export function createQueries(parts: QueriesParts): Queries {
  return new QueryService(parts);
}

class QueryService implements Queries {
  readonly #parts: QueriesParts;
  readonly #board: FlightBoard;
  readonly #params = new ParamsValidator();
  readonly #synced: SyncedAsking;

  constructor(parts: QueriesParts) {
    this.#parts = parts;
    this.#board = new FlightBoard(parts);
    this.#synced = new SyncedAsking({ ...parts, params: this.#params });
    parts.hooks.contribute.for('queries').tap('queries', ({ plugin, active }) => {
      if (active) this.#synced.learn(plugin);
    });
    parts.hooks.instance.tap('queries: cache', (event) => this.#board.forgetInstance(event.id));
  }

  async list(instanceId: string, clients: ClientScope = 'all'): Promise<QuerySummary[]> {
    await theMember(this.#parts.instances, instanceId, clients);
    const { plugin } = await this.#parts.instances.resolve(instanceId);
    return Object.entries(plugin.manifest.queries).map(([id, query]) => ({
      id,
      title: query.title,
      ...(query.description === undefined ? {} : { description: query.description }),
      source: query.source ?? 'live',
      params: query.params,
      columns: query.columns,
      ...(query.dynamicColumns ? { dynamicColumns: true } : {}),
      ...(query.view === undefined ? {} : { view: query.view }),
      cacheMs: query.cacheMs,
      role: query.role ?? EVERYBODY,
    }));
  }

  async run(request: QueryRequest): Promise<ResultStream> {
    const synced = await this.#synced.one(request);
    if (synced !== undefined) return synced;
    const { instances } = this.#parts;
    const { instanceId, clients } = request;
    // Whoever is limited to clients looks through the second wall; for the others there is none.
    if (clients !== 'all') await theMember(instances, instanceId, clients);
    return this.#ask(await instances.recall(instanceId), request, clients === 'all');
  }

  async runOn(instance: ResolvedInstance, request: Asking): Promise<ResultStream> {
    return this.#ask(instance, request);
  }

  async fanOut(request: FanOutRequest): Promise<FanOut> {
    const { instances, plugins, limits, clock, log } = this.#parts;
    const plugin = plugins.find(request.plugin);
    if (plugin === undefined) throw pluginNotFound(request.plugin);
    const { queryId, encoding, params, source } = request;
    const query = queryOf(plugin, queryId);
    assertMayRun(request.role, plugin, queryId, query);
    if (query.view !== undefined) return this.#synced.many(request, plugin, query.view);
    if (request.per !== undefined) throw perOfLive(request);
    // With a placeholder they are other params on every instance, and are checked there.
    if (!hasPlaceholder(params)) this.#params.check(plugin, queryId, params, source);
    const members = await membersOf(instances, request.plugin, request.instanceIds, request.clients);
    const unseen = new Set(members.filter(({ view }) => view === undefined).map(({ id }) => id));
    const ask = async (id: string, signal: AbortSignal): Promise<ResultStream> => {
      if (unseen.has(id)) throw instanceNotFound(id);
      const instance = await instances.recall(id);
      // Another version meanwhile: as good when it has the same query, columns and all.
      if (!isDeepStrictEqual(instance.plugin.manifest.queries[queryId], query)) throw pluginChanged(plugin, id);
      return this.#ask(instance, { ...request, signal });
    };
    const { concurrency } = limits.fanOut;
    return openFanOut({ ask, members, query, encoding, concurrency, clock, log, signal: request.signal });
  }

  async readView(request: ViewAsking): Promise<FanOut> {
    return this.#synced.view(request);
  }

  async #ask(instance: ResolvedInstance, request: Asking, seesAll = false): Promise<ResultStream> {
    const { limits } = this.#parts;
    const question = await this.#question(instance, request);
    const cached = this.#board.last(question);
    if (cached !== undefined && !request.noCache && this.#isFresh(cached, question))
      return fromCache(cached, seesAll ? { current: this.#currentOf(question, cached) } : {});
    const boarded = await this.#boardOrFallBack(question, cached);
    if (!('flight' in boarded)) return boarded;
    const { flight, reader } = boarded;
    const leave = (): void => reader.close();
    if (request.signal?.aborted) leave();
    request.signal?.addEventListener('abort', leave, { once: true });
    const { deadlineMs } = request;
    const late = (): Problem => tooLate(instance, request.queryId, deadlineMs);
    const patient =
      deadlineMs === undefined ? reader : withDeadline(reader, Math.min(deadlineMs, limits.queryDeadline), late);
    return this.#firstRows({ flight, reader: patient }, question, cached);
  }

  #isFresh({ asOf }: CachedResult, { query }: Question): boolean {
    return this.#parts.clock.now() - asOf < query.cacheMs;
  }

  /** For who asks the same again and sees every client: nothing of the way here can end otherwise while the instance is what it was. */
  #currentOf(question: Question, { asOf }: CachedResult): Current {
    return () => {
      const cached = this.#board.last(question);
      if (cached?.asOf !== asOf || !this.#isFresh(cached, question)) return undefined;
      return this.#parts.instances.remembers(question.instance) ? cached : undefined;
    };
  }

  /** A vendor that wants to be left alone is not asked at all. */
  async #boardOrFallBack(question: Question, cached: CachedResult | undefined): Promise<Boarded | ResultStream> {
    try {
      return await this.#board.board(question);
    } catch (error) {
      const fallback = error instanceof Problem ? this.#fallback(error, cached) : undefined;
      if (fallback === undefined) throw error;
      return fallback;
    }
  }

  async #question(instance: ResolvedInstance, request: Asking): Promise<Question> {
    const { plugin } = instance;
    const { queryId, encoding, source } = request;
    const query = queryOf(plugin, queryId);
    assertMayRun(request.role, plugin, queryId, query);
    const filled = await this.#parts.fill?.(instance, plugin, queryId, request.params, request.forClient ?? null);
    const params = this.#params.check(plugin, queryId, filled ?? request.params, source);
    return createQuestion({ instance, queryId, query, params, encoding });
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

function pluginNotFound(name: string): Problem {
  return new Problem('not_found', `there is no plugin "${name}"`, {
    next: 'Ask GET /api/plugins for the list, and why one failed to load.',
  });
}

function perOfLive({ plugin, queryId }: FanOutRequest): Problem {
  const errors = [{ pointer: '/per', message: 'belongs to synced queries' }];
  return new Problem('params_invalid', `query "${queryId}" asks the vendor of each instance by itself`, {
    errors,
    plugin,
  });
}

function pluginChanged({ manifest }: PluginVersion, instanceId: string): Problem {
  return new Problem('conflict', `instance "${instanceId}" is no longer one of ${manifest.name} ${manifest.version}`, {
    plugin: manifest.name,
    instanceId,
    next: 'Ask again.',
  });
}

function tooLate({ view, plugin }: ResolvedInstance, queryId: string, ms: number | undefined): Problem {
  return new Problem('timeout', `query "${queryId}" was not done after ${ms} ms of waiting, as deadlineMs asked`, {
    plugin: plugin.manifest.name,
    instanceId: view.id,
  });
}
