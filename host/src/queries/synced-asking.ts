// Who asks synced rows for what: role, params and the instances that they may see, before anything is read.
import type { ManifestView } from '@jackfield/schemas';
import type { Clock } from '../clock.ts';
import type { Instances, PluginFinder } from '../instances/index.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { Views } from '../views/index.ts';
import type { FanOut } from './fan-out.ts';
import { type Member, membersOf, theMember } from './members.ts';
import { hasPlaceholder, type ParamsValidator } from './params.ts';
import { assertMayRun, queryOf } from './question.ts';
import type { Asking, FanOutRequest, FillParams, QueryRequest, ViewAsking } from './request.ts';
import type { ResultStream } from './result-stream.ts';
import { createSynced, type Synced } from './synced.ts';

export interface SyncedAskingParts {
  readonly instances: Instances;
  readonly plugins: PluginFinder;
  readonly views: Views;
  readonly params: ParamsValidator;
  readonly clock: Clock;
  readonly fill?: FillParams;
}

export class SyncedAsking {
  readonly #parts: SyncedAskingParts;
  readonly #synced: Synced;
  /** Ids that some plugin has had a synced query of: of others it need not be found out whose instance it is. */
  readonly #ids = new Set<string>();

  constructor(parts: SyncedAskingParts) {
    this.#parts = parts;
    this.#synced = createSynced(parts);
  }

  learn({ manifest }: PluginVersion): void {
    for (const [id, { view }] of Object.entries(manifest.queries)) if (view !== undefined) this.#ids.add(id);
  }

  /** Undefined when the query is none of synced rows. No vendor is needed for them: the instance may be disabled. */
  async one(request: QueryRequest): Promise<ResultStream | undefined> {
    const { instances, plugins } = this.#parts;
    const { instanceId, queryId, encoding, clients } = request;
    if (!this.#ids.has(queryId)) return undefined;
    const member = await theMember(instances, instanceId, clients);
    const plugin = plugins.find(member.view.plugin);
    if (plugin === undefined || !Object.hasOwn(plugin.manifest.queries, queryId)) return undefined;
    const query = queryOf(plugin, queryId);
    const { view, params: schema } = query;
    if (view === undefined) return undefined;
    assertMayRun(request.role, plugin, queryId, query);
    const paramsOf = this.#paramsOf(request, plugin);
    return this.#synced.one(member, { plugin: plugin.manifest.name, view, schema, encoding, clients, paramsOf });
  }

  /** Call it when the caller's role has been checked. */
  async many(request: FanOutRequest, plugin: PluginVersion, view: ManifestView): Promise<FanOut> {
    const { encoding, queryId, per, clients } = request;
    const { params: schema } = queryOf(plugin, queryId);
    const paramsOf = this.#paramsOf(request, plugin);
    const members = await this.#members(request);
    return this.#synced.many(members, { plugin: request.plugin, view, schema, encoding, clients, paramsOf, per });
  }

  async view(asking: ViewAsking): Promise<FanOut> {
    const { plugin, view, encoding, clients } = asking;
    const members = await this.#members(asking);
    return this.#synced.many(members, { plugin, view, encoding, clients, paramsOf: () => ({}) });
  }

  async #members(asking: Pick<FanOutRequest, 'plugin' | 'clients' | 'instanceIds'>): Promise<Member[]> {
    const { instances } = this.#parts;
    return membersOf(instances, await instances.recallAll(asking.plugin, asking.clients), asking);
  }

  /** Params that name nothing of a client are checked once, at once. */
  #paramsOf(
    { queryId, params, source, forClient = null }: Asking,
    plugin: PluginVersion,
  ): (member: Member) => Promise<Record<string, unknown>> | Record<string, unknown> {
    const { fill, params: validator } = this.#parts;
    if (!hasPlaceholder(params)) {
      const checked = validator.check(plugin, queryId, params, source);
      return () => checked;
    }
    return async ({ view }) => {
      const filled = view && (await fill?.({ view }, plugin, queryId, params, forClient));
      return validator.check(plugin, queryId, filled ?? params, source);
    };
  }
}
