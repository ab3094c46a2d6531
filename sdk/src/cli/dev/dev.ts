// `jackfield-plugin dev`: a host on the embedded database with the plugin in the real sandbox, and its vendor's simulator beside it. What
// is saved starts the host anew; what does not build is said, and the last version that did goes on.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BuildError } from '../../build/build-error.ts';
import type { BuildOptions, Draft } from '../../build/draft.ts';
import { CommandError } from '../command-error.ts';
import { createDevPackage } from './dev-package.ts';
import { createHostApi, HostRefusal, putInstance, type HostApi } from './host-api.ts';
import { projectHost, type PluginState, type ProjectHost } from './project-host.ts';
import { createRequestLog } from './request-log.ts';
import { startSimulator, type Simulator } from './simulator.ts';
import { watchFiles } from './watch.ts';

export interface DevOptions extends BuildOptions {
  readonly port: number;
  /** JSON with the config of an instance at a real vendor; without it the plugin's simulator is used. */
  readonly config?: string | undefined;
  readonly print: (line: string) => void;
}

export interface Dev extends AsyncDisposable {
  readonly url: string;
  readonly login: string;
  readonly password: string;
  readonly api: HostApi;
}

/** The instance that `dev` makes. */
export const DEV_INSTANCE = 'dev';
const LOGIN = 'dev@example.com';

/** @throws BuildError when the plugin has never built; CommandError when there is no host. */
export async function startDev(folder: string, options: DevOptions): Promise<Dev> {
  await using stack = new AsyncDisposableStack();
  const root = resolve(folder);
  const { print } = options;
  const startHost = await projectHost(root);
  const home = join(root, '.jackfield');
  await mkdir(home, { recursive: true, mode: 0o700 });
  const source = createDevPackage(root, home, options);
  const log = createRequestLog(print);
  let draft = await source.build();
  log.runs(draft.code);
  const simulator = options.config === undefined ? await startSimulator(root) : undefined;
  if (simulator !== undefined) stack.use(simulator);

  const adminToken = randomBytes(24).toString('base64url');
  const open = async (port: number): Promise<ProjectHost> => {
    const opened = await startHost({
      dataFolder: join(home, 'data'),
      manifestFile: source.manifestFile,
      adminToken,
      port,
      log: log.logger,
      onVendorCall: log.call,
    });
    opened.hooks.afterRun.tap('dev', log.run);
    return opened;
  };
  let host = await open(options.port);
  stack.defer(() => host.stop());
  assertActive(host.plugins);
  const { url } = host;
  const api = createHostApi(url, adminToken);
  const password = await putLogin(api, home);
  const config = await configFor(root, options, simulator);
  if (config !== undefined) await putDevInstance(api, draft, config, print);

  const watch = stack.use(watchFiles(root, () => void reload()));
  watch.follow(filesOf(draft));
  let building: Promise<void> = Promise.resolve();
  const reload = (): Promise<void> => (building = building.then(reloadNow));
  const reloadNow = async (): Promise<void> => {
    const from = performance.now();
    try {
      const next = await source.build();
      if (sameCode(next, draft)) return;
      // The version that ran is asked nothing more, and what it had answered is of another version: nobody is served it.
      await host.stop();
      host = await open(Number(new URL(url).port));
      assertActive(host.plugins);
      draft = next;
      log.runs(draft.code);
      watch.follow(filesOf(draft));
      print(`reloaded in ${Math.round(performance.now() - from)} ms`);
    } catch (error) {
      say(error, print);
    }
  };
  // Nothing more is built once it ends.
  stack.defer(() => building);
  const ends = stack.move();
  return { url, login: LOGIN, password, api, [Symbol.asyncDispose]: () => ends[Symbol.asyncDispose]() };
}

/** What it was made of; a new file may be what an import that fails is waiting for, and it is written beside one of these. */
function filesOf({ parts }: Draft): string[] {
  return [
    'package.json',
    ...[...parts.keys()].filter((file) => !file.includes('node_modules/') && !file.startsWith('../')),
  ];
}

function sameCode(one: Draft, other: Draft): boolean {
  return Buffer.from(one.bytes).equals(other.bytes) && one.manifestText === other.manifestText;
}

function assertActive(plugins: readonly PluginState[]): void {
  const failed = plugins.find(({ state }) => state === 'failed');
  if (failed !== undefined)
    throw new CommandError(`the host refuses the plugin: ${failed.reason ?? 'it does not say why'}`);
}

function say(error: unknown, print: (line: string) => void): void {
  const lines = error instanceof BuildError ? error.faults : [error instanceof Error ? error.message : String(error)];
  for (const line of lines) print(line);
  print('the version before goes on');
}

async function configFor(
  root: string,
  { config }: DevOptions,
  simulator: Simulator | undefined,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  if (config === undefined)
    return simulator === undefined ? undefined : { baseUrl: simulator.url, ...simulator.config };
  return JSON.parse(await readFile(resolve(root, config), 'utf8')) as Record<string, unknown>;
}

/** A config that no longer fits is said, and the instance is left for the app. */
async function putDevInstance(
  api: HostApi,
  { manifest }: Draft,
  config: Readonly<Record<string, unknown>>,
  print: (line: string) => void,
): Promise<void> {
  try {
    await putInstance(api, manifest.name, DEV_INSTANCE, config);
  } catch (error) {
    if (!(error instanceof HostRefusal)) throw error;
    print(`the instance "${DEV_INSTANCE}" could not be made: ${error.message}`);
  }
}

/** Who signs in to the app: the same from one start to the next. */
async function putLogin(api: HostApi, home: string): Promise<string> {
  const file = join(home, 'password');
  if (!existsSync(file)) await writeFile(file, randomBytes(12).toString('base64url'), { mode: 0o600 });
  const password = await readFile(file, 'utf8');
  try {
    await api.send('POST', '/api/users', { login: LOGIN, name: 'Dev', role: 'admin', password });
  } catch (error) {
    if (!(error instanceof HostRefusal) || error.status !== 409) throw error;
  }
  return password;
}
