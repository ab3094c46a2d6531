import type {
  CheckReport,
  CursorView,
  HealthView,
  InstanceView,
  LimitsView,
  QuerySummary,
  SyncJobView,
} from '@jackfield/host/answers';
import { queryOptions } from '@tanstack/react-query';
import { ask, pathTo } from './client.ts';

export type Listed = InstanceView & { readonly health: HealthView['state'] };

export const instancesQuery = queryOptions({
  queryKey: ['instances'],
  queryFn: async ({ signal }) =>
    (await ask<{ instances: readonly Listed[] }>('GET', '/api/instances', { signal })).instances,
  refetchInterval: 30_000,
});

const of = <T>(id: string, part: readonly string[], every?: number) =>
  queryOptions({
    queryKey: ['instances', id, ...part],
    queryFn: ({ signal }) => ask<T>('GET', pathTo(['instances', id, ...part]), { signal }),
    ...(every === undefined ? {} : { refetchInterval: every }),
  });

export const instanceQuery = (id: string) => of<InstanceView>(id, []);
export const healthQuery = (id: string) => of<HealthView>(id, ['health'], 15_000);
export const limitsQuery = (id: string) => of<LimitsView>(id, ['limits'], 15_000);
export const queriesQuery = (id: string) => of<{ readonly queries: readonly QuerySummary[] }>(id, ['queries']);
export const syncJobsQuery = (id: string) => of<{ readonly jobs: readonly SyncJobView[] }>(id, ['sync-jobs'], 5000);

export const cursorsQuery = (id: string, stream: string) =>
  of<{ readonly cursors: readonly CursorView[] }>(id, ['sync-jobs', stream, 'cursors']);

export type Config = Readonly<Record<string, unknown>>;

export function checkSaved(id: string, signal?: AbortSignal): Promise<CheckReport> {
  return ask('POST', pathTo(['instances', id, 'check']), { signal });
}

/** Nothing of it is kept. */
export function checkDraft(
  draft:
    | { readonly plugin: string; readonly config: Config }
    | { readonly instanceId: string; readonly config: Config },
  signal?: AbortSignal,
): Promise<CheckReport> {
  return ask('POST', '/api/instances/check', { body: draft, signal });
}
