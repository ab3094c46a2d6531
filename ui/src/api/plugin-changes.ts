// What admins do with plugins: planned, looked at, confirmed, followed.
import type { HostView, PluginChange, PluginVersionView } from '@jackfield/host/answers';
import { queryOptions } from '@tanstack/react-query';
import { ask, pathTo } from './client.ts';

export type { HostView, PluginChange, PluginVersionView };
export type Action = PluginChange['action'];

/** A change that is under way says so by an event; who hears none looks again after this. */
const LOOK_AGAIN = 2000;

export const hostsQuery = queryOptions({
  queryKey: ['plugins', 'every', 'hosts'],
  queryFn: ({ signal }) => ask<{ generation: number; hosts: readonly HostView[] }>('GET', '/api/hosts', { signal }),
  refetchInterval: 5000,
});

export const versionsQuery = (plugin: string) =>
  queryOptions({
    queryKey: ['plugins', plugin, 'versions'],
    queryFn: async ({ signal }) => {
      const path = pathTo(['plugins', plugin, 'versions']);
      return (await ask<{ versions: readonly PluginVersionView[] }>('GET', path, { signal })).versions;
    },
  });

export const changesQuery = (plugin: string) =>
  queryOptions({
    queryKey: ['plugins', plugin, 'changes'],
    queryFn: async ({ signal }) => {
      const path = pathTo(['plugin-changes'], { plugin });
      return (await ask<{ changes: readonly PluginChange[] }>('GET', path, { signal })).changes;
    },
  });

export const changeQuery = (id: string) =>
  queryOptions({
    queryKey: ['plugins', 'every', 'changes', id],
    queryFn: ({ signal }) => ask<PluginChange>('GET', pathTo(['plugin-changes', id]), { signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? LOOK_AGAIN : false),
  });

export interface ChangeRequest {
  readonly action: Action;
  readonly plugin?: string;
  readonly source?: string;
  readonly version?: string;
}

export const planChange = (body: ChangeRequest) => ask<PluginChange>('POST', '/api/plugin-changes', { body });

export const confirmChange = ({ id, hash }: PluginChange) =>
  ask<PluginChange>('POST', pathTo(['plugin-changes', id, 'confirm']), { body: { hash } });

/** The integrity by which a change can name the package. */
export async function uploadPackage(file: File): Promise<string> {
  const headers = { 'content-type': 'application/octet-stream' };
  const { integrity } = await ask<{ integrity: string }>('POST', '/api/plugin-packages', { body: file, headers });
  return integrity;
}
