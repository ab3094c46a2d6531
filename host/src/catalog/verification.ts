// What a package must be before it is trusted: one tap each, in this order. The first refusal ends it.
import { validatePluginManifest, type PluginManifest } from '@jackfield/schemas';
import semver from 'semver';
import { guardTap, type Candidate, type Hooks, type Refusal } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import { readBundle } from './bundle-store.ts';
import { integrityRefusal } from './integrity.ts';
import { toRefusal } from './refusal-error.ts';

/** Taps after `schema` meet a manifest that fits. */
type Rule = (candidate: Candidate, manifest: PluginManifest) => Refusal | undefined | Promise<Refusal | undefined>;

export function tapVerification(hooks: Hooks, limits: Limits, hostVersion: string): void {
  const rules: Record<string, Rule> = {
    schema: ({ manifest }) => schemaRefusal(manifest),
    integrity: ({ entry, pinned }) => integrityRefusal(entry, pinned),
    version: (candidate, { version }) => versionRefusal(candidate, version),
    'host range': (_candidate, { host }) => rangeRefusal(host, hostVersion),
    permissions: ({ entry }, manifest) => permissionRefusal(entry.grant ?? {}, manifest, limits.threadMemoryMb),
    // Last, because it reads up to 20 MB.
    bundle: ({ folder }, manifest) => readBundle(folder, manifest, limits.bundleBytes).then(() => undefined, toRefusal),
  };
  for (const [name, rule] of Object.entries(rules)) {
    const tap = (candidate: Candidate) => rule(candidate, candidate.manifest as PluginManifest);
    hooks.verify.tapPromise(name, guardTap(`catalog/${name}`, limits.hookTap, tap));
  }
}

function schemaRefusal(manifest: unknown): Refusal | undefined {
  const [first, ...rest] = validatePluginManifest(manifest);
  if (!first) return undefined;
  const more = rest.length > 0 ? ` (and ${rest.length} more; jackfield-plugin validate lists them)` : '';
  const where = first.pointer === '' ? '' : ` ${first.pointer}`;
  return { reason: `plugin.json${where}: ${first.message}${more}`, pointer: first.pointer };
}

function versionRefusal({ entry, packageVersion }: Candidate, version: string): Refusal | undefined {
  if (packageVersion !== undefined && packageVersion !== version) {
    return {
      reason: `plugin.json is of version ${version}, package.json of ${packageVersion}; build it again`,
      pointer: '/version',
    };
  }
  if (entry.version === undefined || entry.version === version) return undefined;
  return { reason: `the package is version ${version}, plugins.json asks for ${entry.version}`, pointer: '/version' };
}

function rangeRefusal(range: string, hostVersion: string): Refusal | undefined {
  if (semver.satisfies(hostVersion, range, { includePrerelease: true })) return undefined;
  return {
    reason: `it works with hosts ${range}, this host is ${hostVersion}; install a version that fits`,
    pointer: '/host',
  };
}

function permissionRefusal(
  grant: { hosts?: string[]; memoryMb?: number },
  { network, limits }: PluginManifest,
  defaultMemoryMb: number,
): Refusal | undefined {
  const index = network.hosts.findIndex((host) => !isGranted(host, grant.hosts ?? []));
  if (index >= 0) {
    const missing = network.hosts.filter((host) => !isGranted(host, grant.hosts ?? []));
    const wanted = JSON.stringify({ hosts: network.hosts });
    const reason = `it asks to call ${missing.join(', ')}, which is not granted: set "grant": ${wanted} in its entry in plugins.json`;
    return { reason, pointer: `/network/hosts/${index}` };
  }
  const most = Math.max(grant.memoryMb ?? 0, defaultMemoryMb);
  if ((limits.memoryMb ?? 0) <= most) return undefined;
  return {
    reason:
      `it asks for ${limits.memoryMb} MB of memory and may have ${most}: ` +
      `set "grant": {"memoryMb":${limits.memoryMb}} in its entry in plugins.json`,
    pointer: '/limits/memoryMb',
  };
}

/** `*.example.com` grants each name below example.com, not example.com itself. */
function isGranted(host: string, granted: readonly string[]): boolean {
  return granted.some((pattern) => pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1))));
}
