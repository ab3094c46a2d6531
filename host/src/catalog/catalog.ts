// The plugins of this host: plugins.json -> packages -> verified plugin versions -> contributions. One that is bad, or hangs,
// fails alone and says why.
import { basename, dirname, join } from 'node:path';
import type { HostManifestEntry, PluginManifest } from '@jackfield/schemas';
import {
  withinDeadline,
  type ContributionKind,
  type Discovered,
  type Hooks,
  type PluginVersion,
} from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import { readBundle, storeBundle } from './bundle-store.ts';
import { tapFolderSource } from './folder-source.ts';
import { readHostManifest, type EntryRead } from './host-manifest.ts';
import { RefusalError, toRefusal } from './refusal-error.ts';
import { tapTarballSource } from './tarball-source.ts';
import { tapVerification } from './verification.ts';

export interface CatalogOptions {
  readonly hooks: Hooks;
  /** plugins.json; paths in it are relative to its folder. */
  readonly manifestFile: string;
  /** Extracted packages and verified bundles are kept here. */
  readonly dataFolder: string;
  readonly hostVersion: string;
  readonly limits: Limits;
  readonly log: Log;
}

/** What became of one entry of the host manifest. */
export interface PluginStatus {
  readonly package: string;
  /** Name and version in plugin.json; null as long as nobody has verified them. */
  readonly name: string | null;
  readonly version: string | null;
  readonly state: 'active' | 'disabled' | 'failed';
  /** Why it failed. */
  readonly reason?: string;
  /** JSON pointer into the file that `reason` names. */
  readonly pointer?: string;
  /** Set when active. */
  readonly plugin?: PluginVersion;
}

export interface Catalog {
  /** Reads, verifies and activates every plugin, once: later calls answer with the first one's result. */
  load(): Promise<PluginStatus[]>;
  /** In the order of the host manifest; empty before `load`. */
  list(): PluginStatus[];
  /** An active plugin by its name. */
  find(name: string): PluginVersion | undefined;
}

// Verifying and activating get half of `pluginLoad` each, so that plugins that hang in either hold the host up for no longer
// than that.

/** What the catalog tells the other rooms about, in this order. */
const KINDS: readonly ContributionKind[] = ['queries', 'streams', 'routes', 'widgets', 'jobs'];

export function createCatalog(options: CatalogOptions): Catalog {
  const { hooks, limits, dataFolder, hostVersion, log } = options;
  tapTarballSource({ hooks, limits, log, folder: join(dataFolder, 'packages') });
  tapFolderSource(hooks, limits);
  tapVerification(hooks, limits, hostVersion);

  let loading: Promise<PluginStatus[]> | undefined;
  let statuses: PluginStatus[] = [];
  return {
    load() {
      loading ??= loadAll(options).then((loaded) => {
        statuses = loaded;
        for (const { state, package: name, reason, pointer } of loaded) {
          if (state === 'failed') log.error({ package: name, reason, pointer }, 'a plugin failed to load');
        }
        return [...loaded];
      });
      return loading;
    },
    list: () => [...statuses],
    find: (name) => statuses.find((status) => status.state === 'active' && status.name === name)?.plugin,
  };
}

async function loadAll(options: CatalogOptions): Promise<PluginStatus[]> {
  const { manifestFile, limits, log, hooks } = options;
  let entries: EntryRead[] | undefined;
  let discovered: readonly Discovered[];
  try {
    entries = await readHostManifest(manifestFile, limits.manifestBytes);
    if (!entries) {
      log.warn({ file: manifestFile }, 'there is no host manifest, so this host has no plugins');
      return [];
    }
    const base = dirname(manifestFile);
    const enabled = entries.flatMap((read) =>
      'entry' in read && read.entry.enabled !== false ? [{ entry: read.entry, base }] : [],
    );
    discovered = await hooks.discover.promise(enabled);
  } catch (error) {
    return [{ package: basename(manifestFile), name: null, version: null, state: 'failed', ...toRefusal(error) }];
  }
  const verified = await Promise.all(entries.map((read) => verifyEntry(read, discovered, options)));
  return Promise.all(withoutCollisions(verified).map((status) => activate(status, options)));
}

/** An entry up to its verified copy; it counts as active when nothing later fails. */
async function verifyEntry(
  read: EntryRead,
  discovered: readonly Discovered[],
  options: CatalogOptions,
): Promise<PluginStatus> {
  if (!('entry' in read)) return { name: null, version: null, state: 'failed', ...read };
  const { entry } = read;
  const known = { package: entry.package, name: null, version: entry.version ?? null };
  if (entry.enabled === false) return { ...known, state: 'disabled' };
  try {
    const open = discovered.find((item) => item.entry === entry)?.open;
    const plugin = await withinDeadline(options.limits.pluginLoad / 2, () => toPluginVersion(entry, open, options));
    return {
      package: entry.package,
      name: plugin.manifest.name,
      version: plugin.manifest.version,
      state: 'active',
      plugin,
    };
  } catch (error) {
    return { ...known, state: 'failed', ...toRefusal(error) };
  }
}

async function toPluginVersion(
  entry: HostManifestEntry,
  open: Discovered['open'],
  { hooks, limits, dataFolder }: CatalogOptions,
): Promise<PluginVersion> {
  if (!open) throw new RefusalError(`no catalog source takes ${JSON.stringify(entry.path)}`, '/path');
  const candidate = await open();
  const refusal = await hooks.verify.promise(candidate);
  if (refusal) throw new RefusalError(refusal.reason, refusal.pointer);
  const manifest = candidate.manifest as PluginManifest;
  // Read again and compared again: what is stored is what was hashed, whatever happened to the package since.
  const bytes = await readBundle(candidate.folder, manifest, limits.bundleBytes);
  const { memoryMb } = manifest.limits;
  return {
    manifest,
    package: entry.package,
    bundleFile: await storeBundle(join(dataFolder, 'bundles'), bytes),
    hosts: manifest.network.hosts,
    memoryMb: memoryMb !== undefined && memoryMb > limits.threadMemoryMb ? memoryMb : undefined,
    isolation: entry.isolation ?? 'plugin',
  };
}

/** The first entry with a name keeps it. */
function withoutCollisions(statuses: readonly PluginStatus[]): PluginStatus[] {
  const owners = new Map<string, string>();
  return statuses.map(({ plugin, ...status }) => {
    if (!plugin) return status;
    const { name } = plugin.manifest;
    const owner = owners.get(name);
    if (owner !== undefined) {
      const reason = `the name ${JSON.stringify(name)} is taken by ${owner}, which plugins.json lists first; remove one of them`;
      return { ...status, state: 'failed', reason, pointer: '/name' };
    }
    owners.set(name, plugin.package);
    return { ...status, plugin };
  });
}

/** Tells the other rooms. When one of them fails, all forget the plugin again. */
async function activate(status: PluginStatus, { hooks, limits, log }: CatalogOptions): Promise<PluginStatus> {
  const { plugin, ...rest } = status;
  if (!plugin) return status;
  const announce = async (active: boolean, signal: AbortSignal): Promise<void> => {
    for (const kind of KINDS) {
      // A tap that answers after its deadline must not go on to the next room.
      signal.throwIfAborted();
      await hooks.contribute.for(kind).promise({ plugin, active });
    }
  };
  try {
    await withinDeadline(limits.pluginLoad / 2, (signal) => announce(true, signal));
    return status;
  } catch (error) {
    void withinDeadline(limits.pluginLoad / 2, (signal) => announce(false, signal)).catch((again: unknown) => {
      log.warn(
        { plugin: plugin.manifest.name, reason: toRefusal(again).reason },
        'a failed plugin was not fully forgotten',
      );
    });
    return { ...rest, state: 'failed', ...toRefusal(error) };
  }
}
