// What a plugin version may do, in words an admin can decide by: from its manifest, so nothing of it runs for that.
import type { PluginManifest } from '@jackfield/schemas';
import type { PluginGrants } from '../store/index.ts';
import type { Permission } from './change-view.ts';

/** The same permission has the same id in every version. */
export function permissionsOf(manifest: PluginManifest): Permission[] {
  const { network, limits, rateLimits, queries, streams = {}, routes = {}, jobs = {} } = manifest;
  return [
    ...(network.baseUrl === null ? [] : [{ id: 'base-url', text: 'calls the base URL of each instance' }]),
    ...network.hosts.map((host) => ({ id: `host ${host}`, text: `calls ${host}, without credentials` })),
    ...secretsOf(manifest).map((field) => ({ id: `secret ${field}`, text: `signs in with the secret "${field}"` })),
    ...Object.entries(queries).map(([id, { role = 'user', title }]) => ({
      id: `query ${id} ${role}`,
      text: `answers the query "${title}" to everybody from the role ${role} up`,
    })),
    ...Object.entries(streams).map(([id, { everyMs }]) => ({
      id: `stream ${id} ${everyMs}`,
      text: `keeps a copy of "${id}" here, read every ${everyMs / 1000} s`,
    })),
    ...Object.entries(routes).map(([id, { method, path, streams: changed }]) => ({
      id: `route ${id} ${method} ${path} ${changed.join(' ')}`,
      text: `takes ${method} ${path} from the vendor${changed.length > 0 ? ` and changes ${changed.join(', ')} with it` : ''}`,
    })),
    ...Object.entries(jobs).map(([id, { title }]) => ({ id: `job ${id}`, text: `writes to the vendor: "${title}"` })),
    ...(limits.memoryMb === undefined
      ? []
      : [{ id: `memory ${limits.memoryMb}`, text: `uses up to ${limits.memoryMb} MB in each thread` }]),
    ...(limits.queryTimeoutMs === undefined
      ? []
      : [{ id: `deadline ${limits.queryTimeoutMs}`, text: `may take ${limits.queryTimeoutMs / 1000} s for a query` }]),
    ...(rateLimits.concurrency === undefined
      ? []
      : [{ id: `calls ${rateLimits.concurrency}`, text: `has up to ${rateLimits.concurrency} calls under way` }]),
  ];
}

/** What has to be granted for it: a confirmation grants exactly that. */
export function grantsFor(manifest: PluginManifest, isolation: PluginGrants['isolation']): PluginGrants {
  const { network, limits } = manifest;
  return {
    ...(network.hosts.length === 0 ? {} : { hosts: network.hosts }),
    ...(limits.memoryMb === undefined ? {} : { memoryMb: limits.memoryMb }),
    ...(isolation === undefined ? {} : { isolation }),
  };
}

export function differences(
  before: readonly Permission[],
  after: readonly Permission[],
): { readonly added: Permission[]; readonly removed: Permission[] } {
  const without = (some: readonly Permission[], others: readonly Permission[]): Permission[] => {
    const ids = new Set(others.map(({ id }) => id));
    return some.filter(({ id }) => !ids.has(id));
  };
  return { added: without(after, before), removed: without(before, after) };
}

function secretsOf({ config }: PluginManifest): string[] {
  const properties = (config['properties'] ?? {}) as Record<string, { readonly writeOnly?: boolean } | undefined>;
  return Object.keys(properties).filter((field) => properties[field]?.writeOnly === true);
}
