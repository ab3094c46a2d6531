// Runs queries: of synced rows, of one instance, of many.
import type { ClientScope } from '../access/index.ts';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import type { Instances, PluginFinder, ResolvedInstance, Runner } from '../instances/index.ts';
import type { Hooks } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Views } from '../views/index.ts';
import { FanAsking } from './fan-asking.ts';
import type { FanOut } from './fan-out.ts';
import { FlightBoard } from './flight-board.ts';
import { LiveAsking } from './live-asking.ts';
import { theMember } from './members.ts';
import { ParamsValidator } from './params.ts';
import { assertMayRun, EVERYBODY, queryOf } from './question.ts';
import type { Asking, FanOutRequest, FillParams, QueryRequest, QuerySummary, ViewAsking } from './request.ts';
import type { ResultStream } from './result-stream.ts';
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
  readonly #synced: SyncedAsking;
  readonly #live: LiveAsking;
  readonly #fan: FanAsking;

  constructor(parts: QueriesParts) {
    this.#parts = parts;
    const board = new FlightBoard(parts);
    const params = new ParamsValidator();
    this.#synced = new SyncedAsking({ ...parts, params });
    this.#live = new LiveAsking({ ...parts, board, params });
    this.#fan = new FanAsking({ ...parts, live: this.#live, params });
    parts.hooks.contribute.for('queries').tap('queries', ({ plugin, active }) => {
      if (active) this.#synced.learn(plugin);
    });
    parts.hooks.instance.tap('queries: cache', (event) => board.forgetInstance(event.id));
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
    const question = await this.#live.question(await instances.recall(instanceId), request);
    return this.#live.ask(question, request, clients === 'all');
  }

  async runOn(instance: ResolvedInstance, request: Asking): Promise<ResultStream> {
    return this.#live.ask(await this.#live.question(instance, request), request);
  }

  async fanOut(request: FanOutRequest): Promise<FanOut> {
    const plugin = this.#parts.plugins.find(request.plugin);
    if (plugin === undefined) throw pluginNotFound(request.plugin);
    const query = queryOf(plugin, request.queryId);
    assertMayRun(request.role, plugin, request.queryId, query);
    if (query.view !== undefined) return this.#synced.many(request, plugin, query.view);
    if (request.per !== undefined) throw perOfLive(request);
    return this.#fan.many(request, { plugin, query });
  }

  async readView(request: ViewAsking): Promise<FanOut> {
    return this.#synced.view(request);
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
