// A host with the plugins of the demo whose streams are read when a test says so, and which waits for no vendor for long.
import { sql } from 'kysely';
import { defaultLimits, type Limits } from '../../../host/src/limits.ts';
import { server, type TestDatabase } from '../../support/databases.ts';
import { fortigate, jira } from '../../support/first-party.ts';
import { movableClock, startTestHost, type TestHost } from '../../support/host.ts';
import { until } from '../../support/until.ts';
import { withDatabase } from './invariants.ts';

const gateway: Limits['gateway'] = {
  ...defaultLimits.gateway,
  ...{ headersTimeout: 400, bodyIdleTimeout: 400, totalTimeout: 1500, retryMin: 1, retryMax: 10, retryAfterMax: 10 },
};

export interface RunAnswer {
  readonly id: string;
  readonly state: string;
  readonly counts: Readonly<Record<string, number>> & { readonly doubt?: string };
  readonly error: { readonly code: string; readonly detail: string } | null;
}

export interface VendorHost extends AsyncDisposable {
  readonly place: TestDatabase;
  readonly host: TestHost;
  readonly clock: ReturnType<typeof movableClock>;
  add(id: string, plugin: string, config: object): Promise<void>;
  /** Reads a stream now and waits for the end of the run. */
  run(instance: string, stream: string, kind?: 'read' | 'census'): Promise<RunAnswer>;
  /** What a person does when the vendor is well again. */
  recover(instance: string): Promise<void>;
  /** Cursor of each stream, as JSON. */
  cursors(instance: string): Promise<Readonly<Record<string, string>>>;
  /** Rows of a stream's table, the deleted ones too; datetimes as `Date`, numbers as text where they may be large. */
  rows(table: string, instance: string): Promise<Record<string, unknown>[]>;
}

export async function startVendorHost(): Promise<VendorHost> {
  await using stack = new AsyncDisposableStack();
  const place = stack.use(await server.open());
  const clock = movableClock();
  const sync = { ...defaultLimits.sync, tick: 3_600_000, queuePoll: 500 };
  const limits = { sync, gateway };
  const host = stack.use(await startTestHost(place, { plugins: [jira, fortigate], limits, clock, logLevel: 'info' }));
  const { api } = host;
  const all = stack.move();
  const jobsPath = (instance: string): string => `/api/instances/${instance}/sync-jobs`;
  return {
    place,
    host,
    clock,
    async add(id, plugin, config) {
      const { status, body } = await api.call('POST', '/api/instances', { id, plugin, name: id, config });
      if (status !== 201) throw new Error(JSON.stringify(body));
    },
    async run(instance, stream, kind = 'read') {
      const path = `${jobsPath(instance)}/${stream}/run?kind=${kind}`;
      const { body } = await api.call<{ runId: string }>('POST', path);
      return until(async () => {
        const { body: run } = await api.call<RunAnswer>('GET', `/api/runs/${body.runId}`);
        return run.state === 'queued' || run.state === 'running' ? undefined : run;
      });
    },
    async recover(instance) {
      const { status, body } = await api.call('POST', `/api/instances/${instance}/check`);
      if (status !== 200 || body['ok'] === false) throw new Error(JSON.stringify(body));
      const { body: found } = await api.call<{ jobs: { stream: string; kind: string }[] }>('GET', jobsPath(instance));
      for (const { stream, kind } of found.jobs)
        await api.call('PATCH', `${jobsPath(instance)}/${stream}?kind=${kind}`, { enabled: true });
    },
    cursors: (instance) =>
      withDatabase(place, async (db) => {
        const { rows } = await sql<{ stream: string; cursor: string }>`
          select stream, coalesce(cursor::text, '') as cursor from sync_schedule
          where instance_id = ${instance} and kind = 'read'`.execute(db);
        return Object.fromEntries(rows.map(({ stream, cursor }) => [stream, cursor]));
      }),
    rows: (table, instance) =>
      withDatabase(
        place,
        async (db) =>
          (
            await sql<Record<string, unknown>>`
              select * from ${sql.table(table)} where instance_id = ${instance}`.execute(db)
          ).rows,
      ),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
