// The work of `query` on other programs that teach a host to speak to vendors, beside Jackfield and beside bare Fastify, by the same client:
// `npm run bench:peers`. Each peer is installed from npm into a temporary folder, and is a dependency of nothing.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startPostgres } from '../../support/postgres.ts';
import { SIGNED_IN, startAlertHost } from '../support/alert-host.ts';
import { cpuSeconds } from '../support/cpu.ts';
import { load } from '../support/load.ts';
import { startProgram } from '../support/program.ts';
import { machineText } from '../support/readme.ts';
import { median } from '../support/statistics.ts';
import { nodeRed } from './node-red.ts';
import type { Peer } from './peer.ts';

const PEERS: readonly Peer[] = [nodeRed];
const CONNECTIONS = 16;
const ROUNDS = 5;
const MS = 3000;
const WARM_UP = 2000;

interface Side {
  readonly name: string;
  readonly url: string;
  readonly path: string;
  cpu(): Promise<number>;
}

await using stack = new AsyncDisposableStack();
const makeFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'jackfield-peers-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
};
const vendor = stack.use(await startProgram('alert-vendor'));
const server = stack.use(await startPostgres());
const bare = stack.use(await startProgram('bare-fastify', vendor.url));
const bench = { stack, makeFolder, createDatabase: async () => server.url, hostArguments: [] };
const host = await startAlertHost(bench, vendor.url);
const sides: Side[] = [
  { name: 'bare Fastify and undici', url: bare.url, path: '/query', cpu: () => cpuSeconds([bare.pid]) },
  { name: 'Jackfield', url: host.url, path: '/api/instances/acme/queries/alerts', cpu: () => host.cpu() },
];
for (const { name, version, start } of PEERS) {
  const folder = await makeFolder();
  process.stderr.write(`installing ${name}@${version} …\n`);
  // Its scripts do not run, as those of nothing here do.
  await promisify(execFile)('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`], {
    cwd: folder,
  });
  const peer = stack.use(await start(folder, vendor.url));
  sides.push({ name: `${name} ${version}`, url: peer.url, path: peer.path, cpu: () => cpuSeconds([peer.pid]) });
}

const measured = sides.map((side) => ({ side, perSecond: [] as number[], cpu: [] as number[], p99: [] as number[] }));
for (let round = -1; round < ROUNDS; round += 1) {
  for (const { side, perSecond, cpu, p99 } of measured) {
    const before = await side.cpu();
    const atLeast = round < 0 ? WARM_UP : 0;
    const result = await load({ ...side, headers: SIGNED_IN, connections: CONNECTIONS, ms: MS, atLeast });
    if (result.errors > 0) throw new Error(`${side.name}: ${result.errors} of ${result.requests} were not answered`);
    if (round < 0) continue;
    perSecond.push(result.perSecond);
    cpu.push((((await side.cpu()) - before) / result.requests) * 1000);
    p99.push(result.p99);
  }
}
const lines = measured.map(
  ({ side, perSecond, cpu, p99 }) =>
    `| ${side.name} | ${median(perSecond).toFixed(0)} | ${median(cpu).toFixed(2)} | ${median(p99).toFixed(0)} |`,
);
const head = '| program | requests/s | CPU per request, ms | p99, ms |\n| --- | --- | --- | --- |';
process.stdout.write(`${head}\n${lines.join('\n')}\n\n${machineText()}\n`);
