// Plugin packages for the catalog to judge: really built, really packed, then damaged.
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildPlugin } from '@jackfield/sdk/cli';
import type { HostManifestEntry } from '@jackfield/schemas';
import { create, Header } from 'tar';
import { createCatalog, type CatalogOptions, type Seed, toRefusal } from '../../host/src/catalog/index.ts';
import { type ActivePlugins, createActivePlugins, type PluginStatus } from '../../host/src/lifecycle/index.ts';
import { createHooks, type Hooks } from '../../host/src/kernel/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { silentLog } from '../support/log.ts';
import { packageJson, pluginSource, tempFolder, writeFiles, type TempFolder } from '../support/plugin-package.ts';

export type Json = Record<string, unknown>;

/** A folder with a host manifest in the making. */
export interface House {
  readonly path: string;
  /** Copies the built plugin to `./<name>` and answers with its entry; the copy is free to be damaged. */
  copyOf(plugin: string, name?: string): Promise<HostManifestEntry>;
}

const built = new Map<string, Promise<TempFolder>>();

function build(plugin: string): Promise<TempFolder> {
  const known = built.get(plugin);
  if (known) return known;
  const building = (async () => {
    const folder = await tempFolder();
    await writeFiles(folder.path, { 'package.json': packageJson(plugin), 'src/plugin.ts': pluginSource(plugin) });
    await buildPlugin(folder.path);
    return folder;
  })();
  built.set(plugin, building);
  return building;
}

/** Removes what was built: for `afterAll`. */
export async function removeBuilt(): Promise<void> {
  for (const folder of built.values()) await (await folder)[Symbol.asyncDispose]();
  built.clear();
}

export function houseIn(path: string): House {
  return {
    path,
    async copyOf(plugin, name = plugin) {
      const source = (await build(plugin)).path;
      await mkdir(join(path, name), { recursive: true });
      await cp(join(source, 'package.json'), join(path, name, 'package.json'));
      await cp(join(source, 'dist'), join(path, name, 'dist'), { recursive: true });
      return { package: `@acme/plugin-${plugin}`, path: `./${name}` };
    },
  };
}

export async function changeJson(file: string, change: (value: Json) => void): Promise<void> {
  const value: Json = JSON.parse(await readFile(file, 'utf8'));
  change(value);
  await writeFile(file, JSON.stringify(value));
}

export function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}

/** Packs a package folder as npm does. */
export async function pack(house: House, entry: HostManifestEntry): Promise<HostManifestEntry> {
  const folder = join(house.path, entry.path);
  const file = `${folder}.tgz`;
  await create({ gzip: true, file, cwd: folder, prefix: 'package', portable: true }, ['package.json', 'dist']);
  return { ...entry, path: `${entry.path}.tgz`, integrity: integrityOf(await readFile(file)) };
}

export interface ArchiveItem {
  readonly path: string;
  readonly content?: string | Uint8Array;
  readonly type?: 'File' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO' | 'Directory';
  readonly linkpath?: string;
}

/** A tar archive of exactly these items, whatever they do to whoever extracts them. */
export function archiveOf(items: readonly ArchiveItem[]): Buffer {
  const blocks = items.flatMap(({ path, content = '', type = 'File', linkpath }) => {
    const body = Buffer.from(content);
    const header = new Header({
      path,
      type,
      size: body.byteLength,
      mode: 0o644,
      mtime: new Date(0),
      ...(linkpath ? { linkpath } : {}),
    });
    const block = Buffer.alloc(512);
    header.encode(block, 0);
    return [block, body, Buffer.alloc((512 - (body.byteLength % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** The files of a healthy package, and more items, as a tarball that is pinned correctly. */
export async function tarballWith(
  house: House,
  plugin: string,
  more: readonly ArchiveItem[],
): Promise<HostManifestEntry> {
  const source = (await build(plugin)).path;
  const names = ['package.json', 'dist/plugin.json', 'dist/plugin.js'];
  const items = await Promise.all(
    names.map(async (name) => ({ path: `package/${name}`, content: await readFile(join(source, name)) })),
  );
  return tarballOf(house, plugin, gzipSync(archiveOf([...items, ...more])));
}

export async function tarballOf(house: House, plugin: string, bytes: Uint8Array): Promise<HostManifestEntry> {
  const path = `./${plugin}.tgz`;
  await writeFile(join(house.path, path), bytes);
  return { package: `@acme/plugin-${plugin}`, path, integrity: integrityOf(bytes) };
}

export interface Loaded {
  readonly active: ActivePlugins;
  readonly hooks: Hooks;
  readonly statuses: PluginStatus[];
}

/** Writes plugins.json and loads it. `prepare` may tap the hooks first. */
export async function load(
  house: House,
  entries: readonly unknown[],
  options: Partial<CatalogOptions> = {},
  prepare: (hooks: Hooks) => void = () => {},
): Promise<Loaded> {
  await writeFile(join(house.path, 'plugins.json'), JSON.stringify({ plugins: entries }));
  return loadFile(house, options, prepare);
}

export async function loadFile(
  house: House,
  options: Partial<CatalogOptions> = {},
  prepare: (hooks: Hooks) => void = () => {},
): Promise<Loaded> {
  const hooks = createHooks();
  const settings: CatalogOptions = {
    hooks,
    manifestFile: join(house.path, 'plugins.json'),
    dataFolder: join(house.path, 'data'),
    hostVersion: '0.1.0',
    limits: defaultLimits,
    log: silentLog,
    ...options,
  };
  const catalog = createCatalog(settings);
  const active = createActivePlugins(settings);
  prepare(hooks);
  const found = await catalog.seeds();
  const activate = async (seed: Seed): Promise<PluginStatus> => {
    if (seed.state !== 'sound') return { name: null, ...withoutDigest(seed) };
    const { plugin, package: packageName } = seed;
    const { name, version } = plugin.manifest;
    try {
      await active.swap(name, plugin);
      return { package: packageName, name, version, state: 'active', plugin };
    } catch (error) {
      return { package: packageName, name, version, state: 'failed', ...toRefusal(error) };
    }
  };
  return { active, hooks, statuses: await Promise.all((found?.seeds ?? []).map(activate)) };
}

function withoutDigest(seed: Exclude<Seed, { state: 'sound' }>) {
  if (seed.state === 'failed') return seed;
  const { digest: _, ...rest } = seed;
  return rest;
}
