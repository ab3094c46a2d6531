import type { PluginDetails, PluginSummary, StreamStatus } from '@jackfield/host/answers';
import { queryOptions } from '@tanstack/react-query';
import { ask, pathTo } from './client.ts';

export const pluginsQuery = queryOptions({
  queryKey: ['plugins'],
  queryFn: async ({ signal }) => {
    const { plugins } = await ask<{ plugins: readonly PluginSummary[] }>('GET', '/api/plugins', { signal });
    return plugins;
  },
});

export const pluginQuery = (name: string) =>
  queryOptions({
    queryKey: ['plugins', name],
    queryFn: ({ signal }) => ask<PluginDetails>('GET', pathTo(['plugins', name]), { signal }),
  });

export const streamsQuery = (plugin: string) =>
  queryOptions({
    queryKey: ['plugins', plugin, 'streams'],
    queryFn: async ({ signal }) => {
      const path = pathTo(['plugins', plugin, 'streams']);
      return (await ask<{ streams: readonly StreamStatus[] }>('GET', path, { signal })).streams;
    },
  });

export interface WidgetTemplate {
  readonly plugin: string;
  readonly template: string;
  readonly title: string;
  readonly description?: string;
  readonly kind: string;
}

export const templatesQuery = (plugin: string) =>
  queryOptions({
    queryKey: ['widget-templates', plugin],
    queryFn: async ({ signal }) => {
      const path = pathTo(['widget-templates'], { plugin });
      return (await ask<{ templates: readonly WidgetTemplate[] }>('GET', path, { signal })).templates;
    },
  });

async function activePlugins(signal: AbortSignal): Promise<readonly string[]> {
  const { plugins } = await ask<{ plugins: readonly PluginSummary[] }>('GET', '/api/plugins', { signal });
  return plugins.flatMap(({ name, state }) => (state === 'active' && name !== null ? [name] : []));
}

/** Of every plugin that is active. */
export const everyQueryQuery = queryOptions({
  queryKey: ['plugins', 'every', 'queries'],
  queryFn: async ({ signal }) => {
    const names = await activePlugins(signal);
    const details = names.map((name) => ask<PluginDetails>('GET', pathTo(['plugins', name]), { signal }));
    return (await Promise.all(details)).flatMap(({ name, queries = {} }) =>
      Object.entries(queries).map(([id, { role = 'user', ...query }]) => ({
        plugin: name ?? '',
        query: { id, role, ...query },
      })),
    );
  },
});

/** Of every plugin that is active. */
export const everyStreamQuery = queryOptions({
  queryKey: ['plugins', 'every', 'streams'],
  queryFn: async ({ signal }) => {
    const names = await activePlugins(signal);
    const found = names.map(async (plugin) => {
      const path = pathTo(['plugins', plugin, 'streams']);
      const { streams } = await ask<{ streams: readonly StreamStatus[] }>('GET', path, { signal });
      return streams.map((stream) => ({ plugin, stream }));
    });
    return (await Promise.all(found)).flat();
  },
});
