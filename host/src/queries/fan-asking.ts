// Asks many instances of a plugin at once. When every one of them has a result that is fresh, what is put together of them is kept.
import { isDeepStrictEqual } from 'node:util';
import type { ManifestQuery } from '@jackfield/schemas';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import { instanceNotFound, type Instances, type ResolvedInstance } from '../instances/index.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { type FanOut, openFanOut, openWhenRead } from './fan-out.ts';
import { JointAnswers, type Part } from './joint-answers.ts';
import type { LiveAsking } from './live-asking.ts';
import { type Member, membersOf } from './members.ts';
import { hasPlaceholder, type ParamsValidator } from './params.ts';
import type { FanOutRequest } from './request.ts';
import { fromCache, type ResultStream } from './result-stream.ts';

export interface FanAskingParts {
  readonly instances: Instances;
  readonly live: LiveAsking;
  readonly params: ParamsValidator;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly log: Log;
}

/** Of a plugin, and asked by somebody whose role does. */
interface Asked {
  readonly plugin: PluginVersion;
  readonly query: ManifestQuery;
}

export class FanAsking {
  readonly #parts: FanAskingParts;
  readonly #joints: JointAnswers;

  constructor(parts: FanAskingParts) {
    this.#parts = parts;
    this.#joints = new JointAnswers(parts.limits.cache);
  }

  async many(request: FanOutRequest, asked: Asked): Promise<FanOut> {
    const { instances, live, params: validator, limits, clock, log } = this.#parts;
    const { queryId, encoding, params, source, clients, signal } = request;
    // With a placeholder they are other params on every instance, and are checked there.
    if (!hasPlaceholder(params)) validator.check(asked.plugin, queryId, params, source);
    const list = await instances.recallAll(request.plugin, clients);
    const members = await membersOf(instances, list, request);
    const { concurrency } = limits.fanOut;
    const known = request.noCache ? undefined : await this.#known(members, request, asked);
    const results = new Map(known?.map(({ member, cached }) => [member, cached]));
    const ask = async (member: Member, until: AbortSignal): Promise<ResultStream> => {
      const result = results.get(member);
      if (result !== undefined) return fromCache(result);
      const question = await live.question(await this.#resolve(member, request, asked), request);
      return live.ask(question, { ...request, signal: until });
    };
    const parts = { ask, members, query: asked.query, encoding, concurrency, clock, log, signal };
    if (known === undefined) return openFanOut(parts);
    const { stands = () => true } = request;
    const areSame = (): boolean => stands() && instances.remembersAll(request.plugin, clients, list);
    return openWhenRead(parts, this.#readyOf(known, areSame));
  }

  /** Undefined unless every one of them has a fresh result. */
  async #known(members: readonly Member[], request: FanOutRequest, asked: Asked): Promise<Part[] | undefined> {
    const { live } = this.#parts;
    const known: Part[] = [];
    for (const member of members) {
      const instance = await this.#resolve(member, request, asked).catch(() => undefined);
      const question = instance && (await live.question(instance, request).catch(() => undefined));
      const cached = question && live.fresh(question);
      // What is wrong with it is said when it is asked.
      if (question === undefined || cached === undefined) return undefined;
      known.push({ member, question, cached });
    }
    return known.length === 0 ? undefined : known;
  }

  #readyOf(known: readonly Part[], areSame: () => boolean): Pick<ResultStream, 'ready' | 'current'> {
    const key = this.#joints.keyOf(known);
    if (key === undefined) return {};
    const { live } = this.#parts;
    const results = known.map(({ question, cached: { serial } }) => ({ question, serial }));
    const holds = (): boolean => areSame() && results.every(({ question, serial }) => live.holds(question, serial));
    return {
      ready: this.#joints.get(key),
      current: (format) => (holds() ? this.#joints.get(key)?.get(format) : undefined),
    };
  }

  async #resolve({ id, view }: Member, { queryId }: FanOutRequest, asked: Asked): Promise<ResolvedInstance> {
    if (view === undefined) throw instanceNotFound(id);
    const instance = await this.#parts.instances.recall(id);
    const { plugin, query } = asked;
    // Another version meanwhile: as good when it has the same query, columns and all.
    const isSame = instance.plugin === plugin || isDeepStrictEqual(instance.plugin.manifest.queries[queryId], query);
    if (!isSame) throw pluginChanged(plugin, id);
    return instance;
  }
}

function pluginChanged({ manifest }: PluginVersion, instanceId: string): Problem {
  return new Problem('conflict', `instance "${instanceId}" is no longer one of ${manifest.name} ${manifest.version}`, {
    plugin: manifest.name,
    instanceId,
    next: 'Ask again.',
  });
}
