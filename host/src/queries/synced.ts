// Synced rows as the answer of a query, or of a view that stands in a widget: of one instance, or of many with one statement.
import type { InstanceState, ManifestView, ObjectSchema } from '@jackfield/schemas';
import type { Encoding } from '@jackfield/sdk/runtime';
import type { ClientScope } from '../access/index.ts';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import { type Group, type Per, scopeOf, type Views } from '../views/index.ts';
import { canonicalJson } from './canonical-json.ts';
import type { FanOut } from './fan-out.ts';
import type { Member } from './members.ts';
import type { ResultStream } from './result-stream.ts';
import { failedState, freshnessOf, staleOf, stateOf } from './synced-state.ts';
import { streamOf } from './synced-stream.ts';

export interface SyncedRequest {
  readonly plugin: string;
  readonly view: ManifestView;
  /** Of the query; undefined for a view that stands alone. */
  readonly schema?: ObjectSchema | undefined;
  readonly encoding: Encoding;
  /** Of the one who asks. */
  readonly clients: ClientScope;
  /** Params of an instance, checked; the same for all where they name nothing of a client. @throws Problem when it cannot be asked. */
  readonly paramsOf: (member: Member) => Promise<Record<string, unknown>> | Record<string, unknown>;
}

export interface Synced {
  one(member: Member, request: SyncedRequest): Promise<ResultStream>;
  /** `per`: left out, what the view says. */
  many(members: readonly Member[], request: SyncedRequest & { readonly per?: Per | undefined }): Promise<FanOut>;
}

export function createSynced({ views, clock }: { readonly views: Views; readonly clock: Clock }): Synced {
  return {
    async one(member, { plugin, view, schema, encoding, clients, paramsOf }) {
      const startedAt = clock.now();
      const group = { scope: scopeOf([member.id]), params: await paramsOf(member) };
      const found = await views.read({ plugin, view, params: schema, groups: [group], per: 'one', clients });
      const reads = await views.lastReads(view.stream, [member.id], clients);
      const fresh = freshnessOf(member, view.stream, reads.get(member.id));
      const now = clock.now();
      const written = found.asOf === null ? startedAt : Date.parse(found.asOf);
      const stale = staleOf(fresh, written, now);
      const asOf = fresh.at ?? written;
      return streamOf(found, encoding, { asOf, elapsedMs: now - startedAt, ...(stale === undefined ? {} : { stale }) });
    },

    async many(members, { plugin, view, schema, encoding, clients, paramsOf, per = view.per ?? 'instance' }) {
      const startedAt = clock.now();
      const { groups, failed } = await groupsOf(members, paramsOf);
      const found = await views.read({ plugin, view, params: schema, groups, per, clients });
      const asked = groups.flatMap(({ scope }) => scope.ids);
      const reads = await views.lastReads(view.stream, asked, clients);
      const now = clock.now();
      const written = found.asOf === null ? startedAt : Date.parse(found.asOf);
      const counts = per === 'instance' ? Map.groupBy(found.rows, (row) => row['instance']) : new Map<unknown, []>();
      const ages: (number | null)[] = [];
      const instances = members.map((member): InstanceState => {
        const problem = failed.get(member.id);
        if (problem !== undefined) return failedState(member, problem);
        const fresh = freshnessOf(member, view.stream, reads.get(member.id));
        ages.push(fresh.at);
        return stateOf(member, { fresh, rowCount: counts.get(member.id)?.length ?? 0, written, now });
      });
      // As of the oldest read; where none is known, as of the newest row. Rows that there are none of are as old as the look at them.
      const known = ages.filter((at) => at !== null);
      const asOf = known.length > 0 && known.length === ages.length ? Math.min(...known) : written;
      return streamOf(found, encoding, { asOf, elapsedMs: now - startedAt, instances });
    },
  };
}

interface Groups {
  readonly groups: readonly Group[];
  readonly failed: ReadonlyMap<string, Problem>;
}

/** Instances that are asked the same stand together; usually that is all of them. */
async function groupsOf(members: readonly Member[], paramsOf: SyncedRequest['paramsOf']): Promise<Groups> {
  const failed = new Map<string, Problem>();
  const same = new Map<string, { readonly params: Record<string, unknown>; readonly ids: string[] }>();
  for (const member of members) {
    if (member.view === undefined) {
      failed.set(member.id, new Problem('not_found', `there is no instance "${member.id}"`));
      continue;
    }
    try {
      const params = await paramsOf(member);
      const key = canonicalJson(params);
      const group = same.get(key) ?? { params, ids: [] };
      group.ids.push(member.id);
      same.set(key, group);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      failed.set(member.id, error);
    }
  }
  return { groups: [...same.values()].map(({ ids, params }) => ({ scope: scopeOf(ids), params })), failed };
}
