// The work of `query` on other programs that teach a host to speak to vendors, beside Jackfield and beside bare Fastify, by the same client:
// `npm run bench:peers`, or some of them: `npm run bench:peers -- node-red`.
import { parseArgs } from 'node:util';
import { SIGNED_IN, startAlertHost } from '../support/alert-host.ts';
import { backendsOf } from '../support/backends.ts';
import { cpuSeconds } from '../support/cpu.ts';
import { load } from '../support/load.ts';
import { startProgram } from '../support/program.ts';
import { machineText } from '../support/readme.ts';
import { median } from '../support/statistics.ts';
import { openWorkplace } from '../support/workplace.ts';
import { directus } from './directus.ts';
import { installPeer } from './install.ts';
import { n8n } from './n8n.ts';
import { nodeRed } from './node-red.ts';
import type { Peer } from './peer.ts';

const PEERS: readonly Peer[] = [nodeRed, n8n, directus];
const CONNECTIONS = 16;
const ROUNDS = 5;
const MS = 3000;
const WARM_UP = 500;

interface Side {
  readonly name: string;
  readonly url: string;
  readonly path: string;
  readonly token: string;
  cpu(): Promise<number>;
}

const { positionals } = parseArgs({ allowPositionals: true });
await using stack = new AsyncDisposableStack();
const place = openWorkplace(stack);
const vendor = stack.use(await startProgram('alert-vendor'));
const bare = stack.use(await startProgram('bare-fastify', vendor.url));
const host = await startAlertHost(place, vendor.url);
const sides: Side[] = [
  {
    name: 'bare Fastify and undici',
    url: bare.url,
    path: '/query',
    token: 'not asked for',
    cpu: () => cpuSeconds([bare.pid]),
  },
  {
    name: 'Jackfield',
    url: host.url,
    path: '/api/instances/acme/queries/alerts',
    token: 'remembered for five seconds',
    cpu: () => host.cpu(),
  },
];
const absent: string[] = [];
for (const peer of PEERS.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  const about = `${peer.name} ${peer.version}`;
  try {
    sides.push({ name: about, ...(await open(peer)) });
  } catch (error) {
    // The others are measured all the same.
    absent.push(`${about} could not be measured here: ${lastLines(error)}`);
  }
}

const measured = new Map(
  sides.map((side) => [side, { perSecond: [] as number[], cpu: [] as number[], p99: [] as number[] }]),
);
for (let round = -1; round < ROUNDS; round += 1) {
  for (const [side, { perSecond, cpu, p99 }] of measured) {
    const before = await side.cpu();
    const atLeast = round < 0 ? WARM_UP : 0;
    const result = await load({ ...side, headers: SIGNED_IN, connections: CONNECTIONS, ms: MS, atLeast });
    if (result.errors > 0) {
      measured.delete(side);
      absent.push(`${side.name}: ${result.errors} of ${result.requests} requests were not answered`);
    }
    if (round < 0) continue;
    perSecond.push(result.perSecond);
    cpu.push((((await side.cpu()) - before) / result.requests) * 1000);
    p99.push(result.p99);
  }
}
const lines = Array.from(
  measured,
  ([side, { perSecond, cpu, p99 }]) =>
    `| ${side.name} | ${side.token} | ${median(perSecond).toFixed(0)} | ${median(cpu).toFixed(2)} | ${median(p99).toFixed(0)} |`,
);
const head =
  '| program | token of the caller | requests/s | CPU per request, ms | p99, ms |\n| --- | --- | --- | --- | --- |';
process.stdout.write(`${head}\n${lines.join('\n')}\n\n${[...absent, machineText()].join('\n\n')}\n`);

async function open(peer: Peer): Promise<Omit<Side, 'name'>> {
  const installed = await installPeer(peer, () => place.makeFolder());
  const [folder, databaseUrl] = [await place.makeFolder(), await place.createDatabase()];
  const running = stack.use(await peer.start({ installed, folder, vendor: vendor.url, databaseUrl }));
  const backends = stack.use(await backendsOf(databaseUrl));
  const { url, path } = running;
  const cpu = async () => (await cpuSeconds(await running.pids())) + (await backends.cpu());
  return { url, path, token: peer.token, cpu };
}

function lastLines(error: unknown): string {
  const { stderr } = error as { readonly stderr?: string };
  const text = stderr || (error instanceof Error ? error.message : String(error));
  return text.trim().split('\n').slice(-3).join(' / ');
}
