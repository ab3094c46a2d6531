import type { PluginManifest } from '@jackfield/schemas';
import type { FastifyInstance } from 'fastify';
import { forRole } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { PluginStatus } from './plugin-status.ts';

/** The plugins of this host: what they give, and why one failed. */
export function pluginRoutes(app: FastifyInstance, list: () => Promise<readonly PluginStatus[]>): void {
  app.get(
    '/api/plugins',
    { config: forRole('user', 'nobody'), schema: { summary: 'The plugins of this host', tags: ['plugins'] } },
    async () => ({ plugins: (await list()).map(summaryOf) }),
  );

  app.get<{ Params: { plugin: string } }>(
    '/api/plugins/:plugin',
    {
      config: forRole('user', 'nobody'),
      schema: {
        summary: 'One plugin, with its config schema and queries',
        tags: ['plugins'],
        params: { type: 'object', properties: { plugin: { type: 'string', description: 'Plugin name.' } } },
      },
    },
    async (request): Promise<PluginDetails> => {
      const status = (await list()).find((found) => (found.name ?? found.package) === request.params.plugin);
      if (status === undefined) {
        throw new Problem('not_found', `there is no plugin "${request.params.plugin}"`, {
          next: 'Ask GET /api/plugins for the list, or add the plugin to plugins.json.',
        });
      }
      return { ...summaryOf(status), ...(status.plugin ? detailsOf(status.plugin.manifest) : {}) };
    },
  );
}

/** A plugin in the list. */
export interface PluginSummary extends Omit<PluginStatus, 'plugin'>, Partial<Pick<PluginVersion, 'hosts' | 'grade'>> {
  readonly displayName?: string | undefined;
  readonly description?: string | undefined;
  readonly icon?: string | undefined;
}

type ToldQuery = PluginManifest['queries'][string] & { readonly source: string };

/** One plugin; what is in its manifest only while it is active. */
export interface PluginDetails
  extends
    PluginSummary,
    Partial<Pick<PluginManifest, 'config' | 'configVersion' | 'auth' | 'network' | 'limits' | 'rateLimits' | 'check'>> {
  readonly queries?: Readonly<Record<string, ToldQuery>>;
}

function summaryOf(status: PluginStatus): PluginSummary {
  const { plugin, ...rest } = status;
  if (plugin === undefined) return rest;
  const { displayName, description, icon } = plugin.manifest;
  return { ...rest, displayName, description, icon, hosts: plugin.hosts, grade: plugin.grade };
}

function detailsOf(manifest: PluginManifest): Omit<PluginDetails, keyof PluginSummary> {
  const { config, configVersion, auth, network, limits, rateLimits, check, queries } = manifest;
  const told = Object.entries(queries).map(([id, query]) => [id, { ...query, source: query.source ?? 'live' }]);
  return { config, configVersion, auth, network, limits, rateLimits, check, queries: Object.fromEntries(told) };
}
