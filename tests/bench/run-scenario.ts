// One scenario in a process of its own: run-scenario.ts <name>, started by main.ts. Its report goes to the parent.
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../support/postgres.ts';
import type { Bench, Figure, Report, Scenario, Settings } from './support/scenario.ts';

const [name = '', settingsText = '{}'] = process.argv.slice(2);
const { quick, profile } = JSON.parse(settingsText) as Settings;
const { default: scenario }: { default: Scenario } = await import(`./scenarios/${name}.ts`);
const startedAt = performance.now();
const figures: Figure[] = [];
let failure: string | undefined;
try {
  await using stack = new AsyncDisposableStack();
  if (profile !== undefined) await mkdir(profile, { recursive: true });
  await scenario.run(createBench(stack));
} catch (error) {
  failure = error instanceof Error ? error.message.split('\n')[0] : String(error);
  process.stderr.write(`${error instanceof Error ? error.stack : failure}\n`);
}
const report: Report = {
  scenario: name,
  work: scenario.work,
  baseline: scenario.baseline,
  seconds: (performance.now() - startedAt) / 1000,
  figures,
  ...(failure === undefined ? {} : { failure }),
};
process.send?.(report);
process.disconnect?.();

function createBench(stack: AsyncDisposableStack): Bench {
  return {
    quick,
    pairs: 5,
    stack,
    async makeFolder() {
      const folder = await mkdtemp(join(tmpdir(), 'jackfield-bench-'));
      stack.defer(() => rm(folder, { recursive: true, force: true }));
      await chmod(folder, 0o755);
      return folder;
    },
    hostArguments: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
    add: (figure) => void figures.push(figure),
    async createDatabase() {
      const server = await startPostgres();
      stack.use(server);
      const database = `bench_${randomBytes(6).toString('hex')}`;
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      await client.query(`create database ${database}`);
      await client.end();
      return Object.assign(new URL(server.url), { pathname: `/${database}` }).href;
    },
  };
}
