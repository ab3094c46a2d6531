// A host with the tracker's plugin whose time, and its database's, the test moves.
import { sql } from 'kysely';
import { defaultLimits, type Limits } from '../../host/src/limits.ts';
import type { ReminderView, TickReport } from '../../host/src/reminders/index.ts';
import type { TestDatabase } from '../support/databases.ts';
import { startTestHost, type Api, type TestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';

export interface Time {
  /** Milliseconds since the epoch. */
  now: number;
  /** ISO 8601 */
  set(time: string): void;
  advance(ms: number): void;
}

export function timeAt(start: string): Time {
  return {
    now: Date.parse(start),
    set(time) {
      this.now = Date.parse(time);
    },
    advance(ms) {
      this.now += ms;
    },
  };
}

export interface Desk extends AsyncDisposable {
  readonly host: TestHost;
  readonly api: Api;
  tick(): Promise<TickReport>;
  reminders(query?: string): Promise<ReminderView[]>;
  addClient(id: string, timeZone?: string): Promise<void>;
  /** Returns its path. */
  addContract(client: string, name: string, endsOn: string): Promise<string>;
  addInstance(id: string, url: string, more?: object, config?: object): Promise<void>;
  /** Deletes every instance, contract and client, and the ledger with them. */
  clear(): Promise<void>;
}

/** It ticks only when it is told to, unless `limits` say otherwise. */
export async function openDesk(
  place: TestDatabase,
  plugin: TestPlugin | undefined,
  time: Time,
  limits: Partial<Limits['reminders']> = {},
): Promise<Desk> {
  const host = await startTestHost(place, {
    plugins: plugin === undefined ? [] : [plugin],
    clock: { now: () => time.now },
    databaseNow: () => sql<Date>`(${new Date(time.now).toISOString()}::timestamptz)`,
    limits: { reminders: { ...defaultLimits.reminders, tick: 60 * 60_000, ...limits } },
  });
  const { api } = host;
  const made = async (path: string, body: object): Promise<Headers> => {
    const answer = await api.call('POST', path, body);
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    return answer.headers;
  };
  return {
    host,
    api,
    async tick() {
      const { status, body } = await api.call<TickReport>('POST', '/api/reminders/run');
      if (status !== 200) throw new Error(JSON.stringify(body));
      return body;
    },
    reminders: async (query = '') =>
      (await api.call<{ reminders: ReminderView[] }>('GET', `/api/reminders${query}`)).body.reminders,
    addClient: async (id, timeZone = 'UTC') => void (await made('/api/clients', { id, name: id, timeZone })),
    addContract: async (client, name, endsOn) =>
      (await made(`/api/clients/${client}/contracts`, { name, endsOn })).get('location') ?? '',
    addInstance: async (id, url, more = {}, config = { project: 'OPS' }) =>
      void (await made('/api/instances', {
        id,
        plugin: 'tracker',
        name: id,
        ...more,
        config: { baseUrl: url, ...config },
      })),
    async clear() {
      const ids = async (what: 'instances' | 'clients'): Promise<string[]> =>
        (await api.call<Record<string, { id: string }[]>>('GET', `/api/${what}`)).body[what]?.map(({ id }) => id) ?? [];
      for (const id of await ids('instances')) await api.call('DELETE', `/api/instances/${id}`);
      const { contracts } = (await api.call<{ contracts: { id: string; clientId: string }[] }>('GET', '/api/contracts'))
        .body;
      for (const { id, clientId } of contracts) await api.call('DELETE', `/api/clients/${clientId}/contracts/${id}`);
      for (const id of await ids('clients')) await api.call('DELETE', `/api/clients/${id}`);
    },
    [Symbol.asyncDispose]: () => host[Symbol.asyncDispose](),
  };
}

/** Resolves when the condition holds; the test's own deadline is the deadline. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
