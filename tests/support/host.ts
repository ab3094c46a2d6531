// A whole host in this process: its own database, data folder and plugins.json, a free port, and a client that has its token.
import pino from 'pino';
import type { Clock } from '../../host/src/clock.ts';
import { startHost, type Host, type HostOptions } from '../../host/src/host.ts';
import { defaultLimits, type Limits } from '../../host/src/limits.ts';
import { ADMIN_TOKEN, type Api, createApi, type PluginFolder, writeManifest } from './api.ts';
import type { TestDatabase } from './databases.ts';

export * from './api.ts';

/** Nothing is read by itself, so that tests can count what a vendor is asked. */
export const quietLimits: Limits = {
  ...defaultLimits,
  sync: { ...defaultLimits.sync, tick: 3_600_000 },
  health: { ...defaultLimits.health, tick: 3_600_000, settle: 3_600_000, first: 3_600_000 },
};

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
