// Opens a plugin for a test: built from its sources, verified and run by a host's own sandbox and gateway.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cassette, PluginManifest } from '@jackfield/schemas';
import type { BundleCode } from '../build/bundle-code.ts';
import { draftPlugin, type BuildOptions } from '../build/draft.ts';
import { parseCassette } from '../cassette/index.ts';
import type { Bench, BenchLog, BenchVendor } from './bench.ts';
import { loadBench } from './load-bench.ts';
import { type InstanceParts, OpenedInstance } from './opened-instance.ts';
import { toPluginError } from './plugin-error.ts';
import { startStandIn, type VendorFunction } from './stand-in.ts';

type Parameters = Readonly<Record<string, string | number | boolean>>;

/** How {@link openPlugin} opens a plugin. */
export interface OpenOptions extends BuildOptions {
  /** Config of the connection, with its secrets. */
  readonly config: Readonly<Record<string, unknown>>;
  /**
   * What answers the plugin's calls: a function, or a cassette (its file, relative to the plugin's folder). Left out: the vendor that the
   * config names, such as a simulator.
   */
  readonly vendor?: VendorFunction | Cassette | string;
  /** Records what the vendor answers, for {@link OpenedPlugin.cassette}. Only without `vendor`. */
  readonly record?: boolean;
  /** Parameters of the client that the connection belongs to. */
  readonly client?: Parameters;
  /** The host's time. Default: now. */
  readonly now?: () => Date;
  /** `real`: retries and timeouts take as long as on a host. Default `short`: seconds become milliseconds. */
  readonly waits?: 'short' | 'real';
  /** Sees every log line as it comes. */
  readonly onLog?: (entry: BenchLog) => void;
}

/** A plugin under test, with the connection that was asked for. Dispose of it, or write `await using`. */
export class OpenedPlugin extends OpenedInstance implements AsyncDisposable {
  /** What a host knows of it. */
  readonly manifest: PluginManifest;
  readonly #opened: Opened;

  constructor(opened: Opened, parts: InstanceParts) {
    super(parts);
    this.manifest = opened.bench.manifest;
    this.#opened = opened;
  }

  /** Another connection of the same plugin. @throws PluginError `config_invalid` */
  connect(config: Readonly<Record<string, unknown>>, client: Parameters = {}): OpenedInstance {
    return new OpenedInstance(partsOf(this.#opened, config, client));
  }

  /** Threads of the sandbox that are alive. */
  threads(): number {
    return this.#opened.bench.threads();
  }

  /** What was recorded, without secrets. @throws CassetteError when one is in it all the same. */
  cassette(): Cassette {
    return this.#opened.bench.ejectCassette();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened.resources.disposeAsync();
  }
}

interface Opened {
  readonly bench: Bench;
  readonly code: BundleCode;
  readonly taps: Set<(entry: BenchLog) => void>;
  readonly resources: AsyncDisposableStack;
}

/**
 * Builds the plugin in `folder` and opens it in the sandbox of a host: the same threads, flags, limits, rules of egress and credentials.
 * @throws BuildError, PluginError `config_invalid`, or the host's reason not to load it.
 *
 * @example
 * import { openPlugin } from '@jackfield/sdk/testing';
 *
 * await using desk = await openPlugin('.', {
 *   config: { baseUrl: 'https://desk.example.com', token: 'secret' },
 *   vendor: (request) => Response.json(new URL(request.url).pathname === '/me' ? { name: 'Ada' } : []),
 * });
 * const { rows } = await desk.query('open_tickets', { limit: 10 });
 * const { cursor } = await desk.stream('tickets').read();
 */
export async function openPlugin(folder: string | URL, options: OpenOptions): Promise<OpenedPlugin> {
  const root = typeof folder === 'string' ? resolve(folder) : fileURLToPath(folder);
  await using resources = new AsyncDisposableStack();
  const { code, bytes, manifest, manifestText } = await draftPlugin(root, options);
  const built = await mkdtemp(join(tmpdir(), 'jackfield-test-'));
  resources.defer(() => rm(built, { recursive: true, force: true }));
  await mkdir(join(built, 'dist'));
  await cp(join(root, 'package.json'), join(built, 'package.json'));
  await writeFile(join(built, 'dist/plugin.js'), bytes);
  await writeFile(join(built, 'dist/plugin.json'), manifestText);
  const taps = new Set<(entry: BenchLog) => void>();
  if (options.onLog !== undefined) taps.add(options.onLog);
  const log = (entry: BenchLog): void => {
    for (const tap of taps) tap(entry);
  };
  const openBench = await loadBench();
  const { now } = options;
  const bench = await openBench({
    folder: built,
    vendor: await vendorOf(root, options, manifest, resources, log),
    waits: options.waits ?? 'short',
    log,
    ...(now === undefined ? {} : { now: () => now().getTime() }),
  });
  resources.use(bench);
  const parts = { bench, code, taps };
  const instance = partsOf(parts, options.config, options.client ?? {});
  return new OpenedPlugin({ ...parts, resources: resources.move() }, instance);
}

function partsOf(
  { bench, code, taps }: Omit<Opened, 'resources'>,
  config: OpenOptions['config'],
  client: Parameters,
): InstanceParts {
  const tapLog: InstanceParts['tapLog'] = (tap) => {
    taps.add(tap);
    return { [Symbol.dispose]: () => void taps.delete(tap) };
  };
  try {
    return { bench: bench.connect(config, client), manifest: bench.manifest, code, tapLog };
  } catch (error) {
    throw toPluginError(error, { what: 'the connection', steps: ['config'] }, code, []);
  }
}

async function vendorOf(
  root: string,
  { vendor, record, config }: OpenOptions,
  { network }: PluginManifest,
  resources: AsyncDisposableStack,
  log: (entry: BenchLog) => void,
): Promise<BenchVendor> {
  if (vendor === undefined) return { kind: record === true ? 'record' : 'network' };
  if (record === true) throw new Error('only what a vendor answers is recorded: leave "vendor" out');
  if (typeof vendor === 'string') {
    return { kind: 'cassette', cassette: parseCassette(await readFile(resolve(root, vendor), 'utf8')) };
  }
  if (typeof vendor === 'object') return { kind: 'cassette', cassette: vendor };
  const base = network.baseUrl === null ? null : URL.parse(String(config[network.baseUrl]));
  const standIn = await startStandIn(vendor, {
    schemeOf: (host) => (host === base?.host ? base.protocol : 'https:'),
    onError: (error) => {
      const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log({ level: 'error', message: `the vendor's function of the test threw: ${said}` });
    },
  });
  resources.use(standIn);
  return { kind: 'standIn', port: standIn.port };
}
