import type { PluginSummary } from '@jackfield/host/answers';
import { queryOptions } from '@tanstack/react-query';
import { ask } from './client.ts';

export const pluginsQuery = queryOptions({
  queryKey: ['plugins'],
  queryFn: async ({ signal }) => {
    const { plugins } = await ask<{ plugins: readonly PluginSummary[] }>('GET', '/api/plugins', { signal });
    return plugins;
  },
});
