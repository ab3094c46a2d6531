import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { until } from '../../support/until.ts';
import { backendsOf } from '../support/backends.ts';
import { cpuSeconds } from '../support/cpu.ts';
import { startMeasuredHost } from '../support/hosts.ts';
import { buildIdlePlugin, STREAMS } from '../support/idle-plugin.ts';
import { insertInstances } from '../support/plain-instances.ts';
import { startProgram } from '../support/program.ts';
import { inTurn, type Sample, type Scenario } from '../support/scenario.ts';

/** As 30,000 in five minutes. */
const PER_SECOND = 100;
const SECONDS = 10;
const QUICK_SECONDS = 2;
const HOSTS = 3;
/** A backlog: all of them are due at once. */
const AT_ONCE = 1_000_000;
const DEADLINE = 300_000;
const POLL = 100;
/** Until the first is due: by then all of them are in the table. */
const LEAD = 300;

export default {
  work: 'schedules of streams with nothing to read, of which 100 are due each second, and then all of them at once, on three hosts',
  baseline: 'pg-boss alone, sending and completing as many',
  async run(bench) {
    const seconds = bench.quick ? QUICK_SECONDS : SECONDS;
    const jobs = PER_SECOND * seconds;
    const plugin = bench.stack.use(await buildIdlePlugin('idle', '24h'));
    const databaseUrl = await bench.createDatabase();
    const env = { JACKFIELD_MASTER_KEY: randomBytes(32).toString('base64') };
    const start = () => startMeasuredHost(bench, { databaseUrl, plugins: [plugin], env });
    const hosts = await Promise.all(Array.from({ length: HOSTS }, start));
    const pids = hosts.map(({ pid }) => pid);
    const bossDatabase = await bench.createDatabase();
    const boss = bench.stack.use(await startProgram('boss-alone', bossDatabase));
    const db = new pg.Client({ connectionString: databaseUrl, application_name: 'bench' });
    await db.connect();
    bench.stack.defer(() => db.end());
    await insertInstances(
      databaseUrl,
      Array.from({ length: Math.ceil(jobs / STREAMS.length) }, (_, n) => ({
        ...{ id: `instance-${n}`, plugin: 'idle', config: { baseUrl: 'http://127.0.0.1:9' } },
      })),
    );
    await db.query('create table bench_due (instance_id text, stream text, due timestamptz)');

    const [ourBackends, theirBackends] = [await backendsOf(databaseUrl), await backendsOf(bossDatabase)];
    bench.stack.use(ourBackends);
    bench.stack.use(theirBackends);
    const ourCpu = async (): Promise<number> => (await cpuSeconds(pids)) + (await ourBackends.cpu());
    const theirCpu = async (): Promise<number> => (await cpuSeconds([boss.pid])) + (await theirBackends.cpu());

    const runAll = async (perSecond: number): Promise<{ readonly rate: number; readonly late: number }> => {
      await db.query('truncate bench_due');
      const { rows } = await db.query<{ start: Date }>(
        `with start as (select clock_timestamp() + $4::int * interval '1 millisecond' as at), wanted as (
           select id, stream, row_number() over (order by random()) - 1 as n from instance, unnest($1::text[]) stream
         ), due as (
           insert into bench_due select id, stream, start.at + n * interval '1 second' / $2::int from wanted, start
           where n < $3::int returning *
         ), scheduled as (
           insert into sync_schedule (instance_id, stream, kind, plugin, every_ms, next_due_at)
           select instance_id, stream, 'read', 'idle', 86400000, due from due
           on conflict (instance_id, stream, kind) do update set next_due_at = excluded.next_due_at
         ) select at as start from start`,
        [STREAMS, perSecond, jobs, LEAD],
      );
      const [{ start } = { start: new Date() }] = rows;
      const done = await until(async () => {
        await sleep(POLL);
        const { rows: found } = await db.query<{ ended: number; failed: number; last: Date | null; late: number }>(
          `select count(*) filter (where run.state = 'succeeded')::int as ended,
             count(*) filter (where run.state not in ('succeeded', 'queued', 'running'))::int as failed, max(ended_at) as last,
             percentile_cont(0.99) within group (order by extract(epoch from started_at - due) * 1000) as late
           from bench_due join run using (instance_id, stream) where queued_at >= $1`,
          [start],
        );
        const [now] = found;
        if (now !== undefined && now.failed > 0) throw new Error(`${now.failed} runs have not succeeded`);
        return now?.ended === jobs ? now : undefined;
      }, DEADLINE);
      return { rate: jobs / (((done.last?.getTime() ?? 0) - start.getTime()) / 1000), late: done.late };
    };
    const sendAll = async (over: number): Promise<number> => {
      const answer = await fetch(`${boss.url}/?jobs=${jobs}&seconds=${over}`);
      return jobs / ((await answer.json()) as { seconds: number }).seconds;
    };
    // To warm up, the backlog is enough.
    const jackfield = async (pair: number): Promise<Sample> => {
      const { rate, late } = pair < 0 ? { rate: 0, late: 0 } : await runAll(PER_SECOND);
      const before = await ourCpu();
      const backlog = await runAll(AT_ONCE);
      return { rate, late, backlog: backlog.rate, cpu: (((await ourCpu()) - before) * 1000) / jobs };
    };
    const baseline = async (pair: number): Promise<Sample> => {
      const rate = pair < 0 ? 0 : await sendAll(seconds);
      const before = await theirCpu();
      return { rate, backlog: await sendAll(1), cpu: (((await theirCpu()) - before) * 1000) / jobs };
    };
    const samples = await inTurn(bench.quick ? 1 : bench.pairs, jackfield, baseline);
    bench.add({
      ...{ what: 'runs', unit: '1/s', jackfield: samples.jackfield('rate'), baseline: samples.baseline('rate') },
      goal: { of: 'ratio', is: 'at least', limit: 0.7 },
    });
    bench.add({
      ...{ what: 'p99 of lateness', unit: 'ms', jackfield: samples.jackfield('late'), baseline: [] },
      goal: { of: 'value', is: 'at most', limit: 2000 },
    });
    bench.add({
      ...{ what: 'runs of a backlog', unit: '1/s' },
      ...{ jackfield: samples.jackfield('backlog'), baseline: samples.baseline('backlog') },
    });
    bench.add({
      ...{ what: 'CPU per run of a backlog', unit: 'ms' },
      ...{ jackfield: samples.jackfield('cpu'), baseline: samples.baseline('cpu') },
    });
  },
} satisfies Scenario;
