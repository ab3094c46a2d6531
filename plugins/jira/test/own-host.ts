// A host with this repository's plugins.json and an embedded database.
import { join } from 'node:path';
import pino from 'pino';
import { startHost } from '../../../host/src/host.ts';
import { defaultLimits } from '../../../host/src/limits.ts';
import { embedded, type TestDatabase } from '../../../tests/support/databases.ts';
import { ADMIN_TOKEN, createApi, type Api } from '../../../tests/support/host.ts';

export interface OwnHost extends AsyncDisposable {
  readonly url: string;
  readonly place: TestDatabase;
  readonly call: Api['call'];
  /** Makes an instance of the plugin. */
  add(id: string, config: Record<string, unknown>): Promise<void>;
  /** Ends the host and leaves the database. */
  stop(): Promise<void>;
}

export async function startOwnHost(): Promise<OwnHost> {
  const place = await embedded.open();
  const host = await startHost({
    dataFolder: place.dataFolder,
    manifestFile: join(import.meta.dirname, '../../../plugins.json'),
    databaseUrl: undefined,
    adminToken: ADMIN_TOKEN,
    port: 0,
    limits: defaultLimits,
    log: pino({ level: 'silent' }),
  });
  const { call } = createApi(host.url, ADMIN_TOKEN);
  return {
    url: host.url,
    place,
    call,
    async add(id, config) {
      const made = await call('POST', '/api/instances', { id, plugin: 'jira', name: id, config });
      if (made.status !== 201) throw new Error(`${id} was not made: ${JSON.stringify(made.body)}`);
    },
    stop: () => host.stop(),
    async [Symbol.asyncDispose]() {
      await host.stop();
      await place[Symbol.asyncDispose]();
    },
  };
}
