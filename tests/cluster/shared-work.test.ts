// Three hosts as people run them, on one PostgreSQL, with the plugins of the demo.
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { createFortiGateSimulator } from '../../plugins/fortigate/simulator/simulator.ts';
import { createJiraSimulator } from '../../plugins/jira/simulator/server.ts';
import { issueRows } from '../../plugins/jira/test/stream-truth.ts';
import { assertInvariants, withDatabase } from '../faults/support/invariants.ts';
import { server, type TestDatabase } from '../support/databases.ts';
import { fortigate, jira } from '../support/first-party.ts';
import { startHostProcess, type HostProcess } from '../support/host-process.ts';
import { syncedRows } from '../support/synced-rows.ts';
import { until } from '../support/until.ts';

const SITES = 2;
/** Milliseconds. Often enough that one is always running, and seldom enough that a lease can be waited for beside other tests. */
const EVERY = 3000;
const RESUME = defaultLimits.sync.lease + 5000;

/** Runs since a moment of the database's clock, by the process that has or had them. */
async function runsByHost(place: TestDatabase, since: Date): Promise<ReadonlyMap<number, number>> {
  const rows = await withDatabase(
    place,
    async (db) =>
      (
        await sql<{ host: string; runs: number }>`
        select host, count(*)::int as runs from run
        where started_at > ${since} and state = 'succeeded' group by host`.execute(db)
      ).rows,
  );
  return new Map(rows.map(({ host, runs }) => [Number(host.split('/')[1]), runs]));
}

const now = (place: TestDatabase): Promise<Date> =>
  withDatabase(
    place,
    async (db) => (await sql<{ now: Date }>`select now() as now`.execute(db)).rows[0]?.now ?? new Date(),
  );

/** Streams that nobody has read to their end since then. */
function unread(place: TestDatabase, since: Date): Promise<number> {
  return withDatabase(place, async (db) => {
    const { rows } = await sql<{ left: number }>`
      select count(*)::int as left from sync_schedule s where kind = 'read' and not exists (
        select 1 from run where run.instance_id = s.instance_id and run.stream = s.stream and run.kind = s.kind
          and state = 'succeeded' and started_at > ${since}
      )`.execute(db);
    return rows[0]?.left ?? Infinity;
  });
}

const stop = async ({ child, exited }: HostProcess): Promise<void> => {
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
};

test('three hosts share the work, and when one is killed the others have it', { timeout: 240_000 }, async () => {
  await using place = await server.open();
  await using site = await createJiraSimulator({ issues: 40 });
  await using device = await createFortiGateSimulator({ policies: 10 });
  await using stack = new AsyncDisposableStack();
  const start = async (): Promise<HostProcess> =>
    stack.use(await startHostProcess(place, { plugins: [jira, fortigate] }));
  // The first one makes the key that they share.
  const hosts = [await start(), ...(await Promise.all([start(), start()]))];
  const [first] = hosts;
  if (first === undefined) throw new Error('there is no host');
  const { api } = first;
  for (let n = 0; n < SITES; n += 1) {
    const configs = {
      jira: { baseUrl: site.url, email: site.email, apiToken: site.token },
      fortigate: { baseUrl: device.url, apiToken: 'simulated-token' },
    };
    for (const [plugin, config] of Object.entries(configs)) {
      const id = `${plugin}-${n}`;
      const { status, body } = await api.call('POST', '/api/instances', { id, plugin, name: id, config });
      expect(status, `${JSON.stringify(body)}\n${first.output.join('\n')}`).toBe(201);
    }
  }
  const begun = await now(place);
  await until(async () => ((await unread(place, new Date(0))) === 0 ? true : undefined), 90_000);
  await withDatabase(place, (db) => sql`update sync_schedule set every_ms = ${EVERY}, next_due_at = now()`.execute(db));
  await until(async () => ((await runsByHost(place, begun)).size === hosts.length ? true : undefined), 60_000);

  // One of them in the middle of its work.
  const victim = await until(async () => {
    const { rows } = await withDatabase(place, (db) =>
      sql<{ host: string }>`select host from run where state = 'running'`.execute(db),
    );
    return hosts.find(({ pid }) => rows.some(({ host }) => host.split('/')[1] === String(pid)));
  });
  victim.child.kill('SIGKILL');
  const killedAt = performance.now();
  const since = await now(place);
  await victim.exited;
  await until(async () => ((await unread(place, since)) === 0 ? true : undefined), RESUME + 20_000);
  const took = performance.now() - killedAt;
  const shares = await runsByHost(place, since);
  expect(new Set(shares.keys())).toEqual(new Set(hosts.map(({ pid }) => pid).filter((pid) => pid !== victim.pid)));
  await withDatabase(place, async (db) => {
    await assertInvariants(db);
    const { rows } = await sql`
      select state from run where host like ${`%/${victim.pid}/%`} and state not in ('succeeded', 'abandoned')`.execute(
      db,
    );
    expect(rows).toEqual([]);
  });
  const survivor = hosts.find((host) => host !== victim) ?? first;
  for (let n = 0; n < SITES; n += 1) {
    const rows = await syncedRows(survivor.api, 'jira', 'issues', `jira-${n}`);
    expect(rows.toSorted((a, b) => Number(a['id']) - Number(b['id']))).toEqual(issueRows(site));
  }
  for (const host of hosts.filter((host) => host !== victim)) await stop(host);
  await withDatabase(place, async (db) => {
    await assertInvariants(db);
    const { rows } = await sql`select 1 from sync_schedule where run_id is not null`.execute(db);
    expect(rows, 'a host that was stopped has kept a schedule').toEqual([]);
  });
  process.stdout.write(`every stream was read again ${Math.round(took)} ms after a host of three was killed\n`);
});
