// From packages to verified plugin versions. Nothing becomes active here. A package that is bad, or hangs, fails alone and says why.
import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { HostManifestEntry, PluginManifest } from '@jackfield/schemas';
import { withinDeadline, type Candidate, type Discovered, type Hooks, type PluginVersion } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { PluginGrants } from '../store/index.ts';
import { readArchive } from './archive.ts';
import { readBundle, storeBundle } from './bundle-store.ts';
import { tapFolderSource } from './folder-source.ts';
import { readHostManifest, type EntryRead } from './host-manifest.ts';
import { integrityOf } from './integrity.ts';
import { parseJson } from './json-text.ts';
import { describePackage } from './package-folder.ts';
import { RefusalError, toRefusal } from './refusal-error.ts';
import { openTarball, tapTarballSource } from './tarball-source.ts';
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
export type Seed =
  | {
      readonly state: 'sound';
      readonly package: string;
      readonly plugin: PluginVersion;
      readonly grants: PluginGrants;
      /** Another one when the entry or the package has changed, wherever it lies. */
      readonly digest: string;
      /** As it is kept for other hosts. */
      pack(): Promise<Package>;
    }
  | { readonly state: 'disabled'; readonly package: string; readonly version: string | null; readonly digest: string }
  | {
      readonly state: 'failed';
      readonly package: string;
      readonly version: string | null;
      readonly reason: string;
      /** JSON pointer into the file that `reason` names. */
      readonly pointer?: string;
    };

export interface Seeds {
  readonly seeds: readonly Seed[];
  /** Every entry says at least which package it is about: one that is not there is not wanted. */
  readonly isWhole: boolean;
}

export interface Package {
  readonly integrity: string;
  readonly tarball: Buffer;
}

export interface Catalog {
  /** What plugins.json names, in its order; undefined when there is no such file. */
  seeds(): Promise<Seeds | undefined>;
  /** A package that is at hand, verified: `grants` is what it may have. @throws RefusalError, or a TapError that says which check hung. */
  open(packed: Package, grants: PluginGrants): Promise<PluginVersion>;
  /** The manifest of a package that nobody has verified, to see what it asks for. @throws RefusalError */
  peek(tarball: Buffer): Promise<{ readonly package: string; readonly manifest: unknown }>;
}

export function createCatalog(options: CatalogOptions): Catalog {
  const { hooks, limits, dataFolder, hostVersion, log } = options;
  const folder = join(dataFolder, 'packages');
  tapTarballSource({ hooks, limits, log, folder });
  tapFolderSource(hooks, limits);
  tapVerification(hooks, limits, hostVersion);
  return {
    seeds: () => readSeeds(options),
    async open({ integrity, tarball }, { isolation, ...grant }) {
      const { package: name } = await peek(tarball, limits);
      const entry = {
        package: name,
        path: 'package.tgz',
        integrity,
        grant: grant as HostManifestEntry['grant'] & object,
      };
      return withinDeadline(limits.pluginLoad / 2, async () => {
        const candidate = await openTarball(tarball, entry, { limits, log, folder });
        return toPluginVersion(candidate, { ...entry, ...(isolation ? { isolation } : {}) }, options);
      });
    },
    peek: (tarball) => peek(tarball, limits),
  };
}

async function readSeeds(options: CatalogOptions): Promise<Seeds | undefined> {
  const { manifestFile, limits, hooks, log } = options;
  let entries: EntryRead[] | undefined;
  let discovered: readonly Discovered[];
  try {
    entries = await readHostManifest(manifestFile, limits.manifestBytes);
    if (!entries) {
      log.warn({ file: manifestFile }, 'there is no host manifest: the plugins are those that the database knows');
      return undefined;
    }
    const base = dirname(manifestFile);
    const enabled = entries.flatMap((read) =>
      'entry' in read && read.entry.enabled !== false ? [{ entry: read.entry, base }] : [],
    );
    discovered = await hooks.discover.promise(enabled);
  } catch (error) {
    const failed: Seed = { package: basename(manifestFile), version: null, state: 'failed', ...toRefusal(error) };
    return { seeds: [failed], isWhole: false };
  }
  const seeds = await Promise.all(entries.map((read) => readSeed(read, discovered, options)));
  return { seeds: withoutCollisions(seeds), isWhole: entries.every((read) => 'entry' in read) };
}

async function readSeed(read: EntryRead, discovered: readonly Discovered[], options: CatalogOptions): Promise<Seed> {
  if (!('entry' in read)) return { version: null, state: 'failed', ...read };
  const { entry } = read;
  const known = { package: entry.package, version: entry.version ?? null };
  if (entry.enabled === false) return { ...known, state: 'disabled', digest: 'disabled' };
  const open = discovered.find((item) => item.entry === entry)?.open;
  try {
    return await withinDeadline(options.limits.pluginLoad / 2, async () => {
      if (!open) throw new RefusalError(`no catalog source takes ${JSON.stringify(entry.path)}`, '/path');
      const candidate = await open();
      const plugin = await toPluginVersion(candidate, entry, options);
      return toSeed(candidate, plugin);
    });
  } catch (error) {
    return { ...known, state: 'failed', ...toRefusal(error) };
  }
}

function toSeed(candidate: Candidate, plugin: PluginVersion): Seed {
  const { grant = {}, isolation } = candidate.entry;
  const grants = { ...grant, ...(isolation === undefined ? {} : { isolation }) };
  const digest = createHash('sha256').update(JSON.stringify(grants)).update(candidate.pinned).digest('hex');
  return {
    state: 'sound',
    package: plugin.package,
    plugin,
    grants,
    digest,
    async pack() {
      const tarball = await candidate.tarball();
      return { tarball, integrity: integrityOf(tarball) };
    },
  };
}

async function toPluginVersion(
  candidate: Candidate,
  { package: name, isolation = 'plugin' }: HostManifestEntry,
  { hooks, limits, dataFolder }: CatalogOptions,
): Promise<PluginVersion> {
  const refusal = await hooks.verify.promise(candidate);
  if (refusal) throw new RefusalError(refusal.reason, refusal.pointer);
  const manifest = candidate.manifest as PluginManifest;
  // Read again and compared again: what is stored is what was hashed, whatever happened to the package since.
  const bytes = await readBundle(candidate.folder, manifest, limits.bundleBytes);
  const { memoryMb } = manifest.limits;
  return {
    manifest,
    package: name,
    bundleFile: await storeBundle(join(dataFolder, 'bundles'), bytes),
    grade: candidate.grade,
    hosts: manifest.network.hosts,
    memoryMb: memoryMb !== undefined && memoryMb > limits.threadMemoryMb ? memoryMb : undefined,
    isolation,
  };
}

/** The first entry with a name keeps it. */
function withoutCollisions(seeds: readonly Seed[]): Seed[] {
  const owners = new Map<string, string>();
  return seeds.map((seed) => {
    if (seed.state !== 'sound') return seed;
    const { name, version } = seed.plugin.manifest;
    const owner = owners.get(name);
    if (owner !== undefined) {
      const reason = `the name ${JSON.stringify(name)} is taken by ${owner}, which plugins.json lists first; remove one of them`;
      return { state: 'failed', package: seed.package, version, reason, pointer: '/name' };
    }
    owners.set(name, seed.package);
    return seed;
  });
}

async function peek(tarball: Buffer, limits: Limits): Promise<{ package: string; manifest: unknown }> {
  const files = await readArchive(tarball, limits.tarballBytes);
  const packageJson = files.get('package.json');
  if (packageJson === undefined) throw new RefusalError('package.json does not exist');
  if (packageJson.byteLength > limits.manifestBytes) throw new RefusalError('package.json is too large');
  const { name, jackfield } = describePackage(packageJson);
  const path = jackfield.replace(/^\.\//, '');
  const manifestJson = files.get(path);
  if (manifestJson === undefined) throw new RefusalError(`${path} does not exist`);
  if (manifestJson.byteLength > limits.manifestBytes) throw new RefusalError(`${path} is too large`);
  return { package: name, manifest: parseJson(manifestJson, 'plugin.json') };
}
