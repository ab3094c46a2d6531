// A whole host in this process: its own database, data folder and plugins.json, a free port, and a client that has its token.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pino from 'pino';
import type { Clock } from '../../host/src/clock.ts';
import { startHost, type Host, type HostOptions } from '../../host/src/host.ts';
import { defaultLimits, type Limits } from '../../host/src/limits.ts';
import type { TestDatabase } from './databases.ts';

/** Nothing is read by itself, so that tests can count what a vendor is asked. */
export const quietLimits: Limits = {
  ...defaultLimits,
  sync: { ...defaultLimits.sync, tick: 3_600_000 },
  health: { ...defaultLimits.health, tick: 3_600_000, settle: 3_600_000, first: 3_600_000 },
};

export const ADMIN_TOKEN = 'the-admin-token-of-these-tests-000';

/** A plugin as plugins.json names it: one of a test's own, or one that comes with the host. */
export interface PluginFolder {
  readonly folder: string;
  readonly version: { readonly package: string; readonly hosts: readonly string[] };
}

export interface TestHostOptions {
  readonly plugins?: readonly PluginFolder[];
  readonly limits?: Partial<Limits>;
  /** `null`: the host makes its own. */
  readonly adminToken?: string | null;
  readonly clock?: Clock;
  readonly databaseNow?: HostOptions['databaseNow'];
  readonly logLevel?: string;
  readonly origins?: readonly string[];
  readonly publicUrl?: string;
  readonly proxies?: readonly string[];
  readonly oidc?: HostOptions['oidc'];
  readonly traces?: HostOptions['traces'];
}

export interface TestHost extends AsyncDisposable {
  readonly host: Host;
  readonly url: string;
  readonly api: Api;
  /** Every log line so far. */
  readonly logs: readonly string[];
}

/** Disposing stops the host; the database stays as it is. */
export async function startTestHost(database: TestDatabase, options: TestHostOptions = {}): Promise<TestHost> {
  const { dataFolder, databaseUrl } = database;
  const manifestFile = await writeManifest(dataFolder, options.plugins ?? []);
  const logs: string[] = [];
  const adminToken = options.adminToken === null ? undefined : (options.adminToken ?? ADMIN_TOKEN);
  const host = await startHost({
    dataFolder,
    manifestFile,
    databaseUrl,
    adminToken,
    port: 0,
    limits: { ...quietLimits, ...options.limits },
    log: pino({ level: options.logLevel ?? 'debug' }, { write: (line) => void logs.push(line) }),
    databaseNow: options.databaseNow,
    origins: options.origins,
    publicUrl: options.publicUrl,
    proxies: options.proxies,
    oidc: options.oidc,
    traces: options.traces,
    ...(options.clock ? { clock: options.clock } : {}),
  });
  const token = adminToken ?? host.firstAdminToken ?? '';
  return { host, url: host.url, api: createApi(host.url, token), logs, [Symbol.asyncDispose]: () => host.stop() };
}

/** Writes a plugins.json for these plugins into the folder and returns its path. */
export async function writeManifest(folder: string, plugins: readonly PluginFolder[]): Promise<string> {
  const file = join(folder, 'plugins.json');
  const entries = plugins.map((plugin) => ({
    package: plugin.version.package,
    path: plugin.folder,
    grant: { hosts: plugin.version.hosts },
  }));
  await writeFile(file, JSON.stringify({ plugins: entries }));
  return file;
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

export interface Api {
  /** `body` is sent as JSON; a string is sent as it is. */
  send(method: string, path: string, body?: unknown, init?: RequestInit): Promise<Response>;
  /** The same, with the answer's JSON read; undefined when there is none. */
  call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    init?: RequestInit,
  ): Promise<Answer<T>>;
}

export function createApi(url: string, token: string): Api {
  const send: Api['send'] = (method, path, body, init = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${token}`);
    if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return fetch(url + path, { ...init, method, headers, ...(body === undefined ? {} : { body: text }) });
  };
  const call: Api['call'] = async (...request) => {
    const response = await send(...request);
    const text = await response.text();
    const { status, headers } = response;
    return { status, headers, body: text === '' ? undefined : JSON.parse(text) };
  };
  return { send, call };
}

/** A clock that runs, and that a test can push forward. */
export function movableClock(): Clock & { advance(ms: number): void } {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance: (ms) => {
      ahead += ms;
    },
  };
}
