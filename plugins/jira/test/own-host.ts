// A host with this repository's plugins.json and a database of its own.
import { join } from 'node:path';
import pino from 'pino';
import { startHost, type Host } from '../../../host/src/host.ts';
import { defaultLimits, type Limits } from '../../../host/src/limits.ts';
import type { Role } from '../../../host/src/access/index.ts';
import { server, type TestDatabase } from '../../../tests/support/databases.ts';
import { ADMIN_TOKEN, createApi, type Api } from '../../../tests/support/host.ts';
import { addTokens } from '../../../tests/support/tokens.ts';

const HOUR = 3_600_000;

export interface OwnHost extends AsyncDisposable {
  readonly url: string;
  readonly place: TestDatabase;
  readonly call: Api['call'];
  /** The API as somebody of that role has it. */
  as(role: Role): Api;
  /** Makes an instance of the plugin. */
  add(id: string, config: Record<string, unknown>, clientId?: string): Promise<void>;
  /** Ends the host and leaves the database. */
  stop(): Promise<void>;
  /** Ends it and starts another on the same database. */
  restart(): Promise<void>;
}

/** Streams are read by themselves only with `sync`: most tests look at what they make themselves. */
export async function startOwnHost({ sync = false } = {}): Promise<OwnHost> {
  const place = await server.open();
  const tokens = await addTokens(place);
  const limits = sync ? defaultLimits : { ...defaultLimits, sync: { ...defaultLimits.sync, tick: HOUR } };
  let host = await startOn(place, limits);
  const call: Api['call'] = (...request) => createApi(host.url, ADMIN_TOKEN).call(...request);
  return {
    get url() {
      return host.url;
    },
    place,
    call,
    as: (role) => createApi(host.url, tokens[role]),
    async add(id, config, clientId) {
      const made = await call('POST', '/api/instances', {
        id,
        plugin: 'jira',
        name: id,
        config,
        clientId: clientId ?? null,
      });
      if (made.status !== 201) throw new Error(`${id} was not made: ${JSON.stringify(made.body)}`);
    },
    stop: () => host.stop(),
    async restart() {
      await host.stop();
      host = await startOn(place, limits);
    },
    async [Symbol.asyncDispose]() {
      await host.stop();
      await place[Symbol.asyncDispose]();
    },
  };
}

function startOn({ dataFolder, databaseUrl }: TestDatabase, limits: Limits): Promise<Host> {
  return startHost({
    dataFolder,
    manifestFile: join(import.meta.dirname, '../../../plugins.json'),
    databaseUrl,
    adminToken: ADMIN_TOKEN,
    port: 0,
    limits,
    log: pino({ level: 'silent' }),
  });
}
