// `npm run bench` runs every scenario, `npm run bench -- query sync` some of them, `npm run bench -- isolation` a study, which has no baseline.
// `--quick`: less of everything, in two minutes; `--readme`: its table goes into the README; `--profile`: hosts write CPU profiles.
// Each has a process, and the machine, to itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgres } from '../support/postgres.ts';
import { machineText, writeReadme } from './support/readme.ts';
import { tableOf } from './support/report-table.ts';
import type { Report, Settings } from './support/scenario.ts';

/** In the order in which they are told. */
const SCENARIOS = [
  'query',
  'query-cached',
  'viewers',
  'stream',
  'sync',
  'neighbour',
  'cold',
  'scale',
  'dispatch',
  'upgrade',
];
const ARTIFACTS = join(import.meta.dirname, '../../artifacts');

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

for (const name of positionals.filter((name) => studies.includes(name))) {
  process.stdout.write(`== ${name}\n`);
  const child = start(join('studies', `${name}.ts`));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) process.exitCode = 1;
}

const scenarios = positionals.length === 0 ? SCENARIOS : SCENARIOS.filter((name) => positionals.includes(name));
if (scenarios.length > 0) await measure(scenarios);

async function measure(names: readonly string[]): Promise<void> {
  await using server = await startPostgres();
  await mkdir(ARTIFACTS, { recursive: true });
  const reports: Report[] = [];
  for (const name of names) {
    process.stdout.write(`${name} … `);
    const report = await run(name, server.url);
    process.stdout.write(`${report.failure ?? 'measured'} (${report.seconds.toFixed(0)} s)\n`);
    if (report.failure !== undefined) process.exitCode = 1;
    reports.push(report);
  }
  const table = tableOf(reports);
  const machine = machineText();
  process.stdout.write(`\n${table}\n\n${machine}\n`);
  const at = new Date().toISOString();
  const mode = values.quick === true ? 'quick' : 'full';
  const file = join(ARTIFACTS, `bench-${mode}.json`);
  await writeFile(file, `${JSON.stringify({ at, mode, machine, reports }, undefined, 2)}\n`);
  if (values.readme === true) await writeReadme(`${table}\n\n${machine}`);
}

async function run(name: string, postgresUrl: string): Promise<Report> {
  const profile = values.profile === true ? join(ARTIFACTS, 'profiles', name) : undefined;
  const settings: Settings = { quick: values.quick === true, profile };
  const child = start('run-scenario.ts', [name, JSON.stringify(settings)], { TEST_DATABASE_URL: postgresUrl });
  let report: Report | undefined;
  child.on('message', (message) => {
    report = message as Report;
  });
  await once(child, 'exit');
  const failure = 'its process died';
  return report ?? { scenario: name, work: '', baseline: '', seconds: 0, figures: [], failure };
}

function start(file: string, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
  return spawn(process.execPath, ['--conditions=jackfield-source', join(import.meta.dirname, file), ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, ...env },
  });
}
