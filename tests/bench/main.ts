// `npm run bench` runs every scenario, `npm run bench -- query sync` some of them, `npm run bench -- isolation` a study, which has no baseline.
// `--quick`: less of everything, in two minutes; `--readme`: its table goes into the README; `--profile`: hosts write CPU profiles.
// Each has a process, and the machine, to itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../support/postgres.ts';
import { ARTIFACTS } from './support/artifacts.ts';
import { BUDGETS, HANGS } from './support/budgets.ts';
import { machineText, writeReadme } from './support/readme.ts';
import { tableOf } from './support/report-table.ts';
import { cpuOfEnded } from './support/cpu.ts';
import { runScenario } from './support/scenario-process.ts';
import type { Report } from './support/scenario.ts';

const SCENARIOS = Object.keys(BUDGETS);
// Every process of a run starts a quarter faster when Node keeps what it has compiled.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '../../node_modules/.cache/compiled');

const { values, positionals } = parseArgs({
  options: { quick: { type: 'boolean' }, readme: { type: 'boolean' }, profile: { type: 'boolean' } },
  allowPositionals: true,
});
const studies = (await readdir(join(import.meta.dirname, 'studies'))).map((file) => basename(file, '.ts')).sort();
const unknown = positionals.filter((name) => !SCENARIOS.includes(name) && !studies.includes(name));
if (unknown.length > 0) {
  const known = [...SCENARIOS, ...studies].join(', ');
  process.stderr.write(`there is no benchmark "${unknown.join('", "')}"; there are: ${known}\n`);
  process.exit(1);
}

if (values.readme === true && positionals.some((name) => SCENARIOS.includes(name))) {
  process.stderr.write('the table in the README is of all scenarios, measured by one run: name none with --readme\n');
  process.exit(1);
}
const mode = values.quick === true ? 'quick' : 'full';

for (const name of positionals.filter((name) => studies.includes(name))) {
  process.stdout.write(`== ${name}\n`);
  const file = join(import.meta.dirname, 'studies', `${name}.ts`);
  const args = ['--conditions=jackfield-source', file, ...Object.keys(values).map((option) => `--${option}`)];
  const [code] = (await once(spawn(process.execPath, args, { stdio: 'inherit' }), 'exit')) as [number | null];
  if (code !== 0) process.exitCode = 1;
}

const scenarios = positionals.length === 0 ? SCENARIOS : SCENARIOS.filter((name) => positionals.includes(name));
if (scenarios.length > 0) await measure(scenarios);

async function measure(names: readonly string[]): Promise<void> {
  const startedAt = performance.now();
  await using server = await startPostgres();
  await mkdir(ARTIFACTS, { recursive: true });
  const reports: Report[] = [];
  for (const name of names) {
    process.stdout.write(`${name} … `);
    const cpuBefore = await cpuOfEnded();
    const report = await run(name, server.url);
    const cpu = (await cpuOfEnded()) - cpuBefore;
    reports.push(report);
    const budget = BUDGETS[name]?.[mode] ?? 0;
    process.stdout.write(
      `${report.failure ?? 'measured'} (${report.seconds.toFixed(0)} s of ${budget}, ${cpu.toFixed(0)} of CPU without PostgreSQL's)\n`,
    );
    if (report.failure !== undefined) process.exitCode = 1;
    // Each time: whoever ends the run keeps what there is.
    await writeReports(reports);
  }
  const took = `${names.length === SCENARIOS.length ? 'all scenarios' : names.join(', ')}, ${mode}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`;
  const table = tableOf(reports);
  const machine = machineText(took);
  process.stdout.write(`\n${table}\n\n${machine}\n`);
  if (values.readme === true) await writeReadme('scenarios', `${table}\n\n${machine}`);
}

async function writeReports(reports: readonly Report[]): Promise<void> {
  const file = join(ARTIFACTS, `bench-${mode}.json`);
  const about = { at: new Date().toISOString(), mode, machine: machineText() };
  await writeFile(file, `${JSON.stringify({ ...about, reports }, undefined, 2)}\n`);
}

function run(name: string, postgresUrl: string): Promise<Report> {
  const profile = values.profile === true ? join(ARTIFACTS, 'profiles', name) : undefined;
  return runScenario(
    name,
    { quick: mode === 'quick', profile },
    { TEST_DATABASE_URL: postgresUrl },
    HANGS[mode] * 1000,
  );
}
