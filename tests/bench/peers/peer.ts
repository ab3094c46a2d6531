import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { until } from '../../support/until.ts';
import { SIGNED_IN } from '../support/alert-host.ts';
import { alertsBody, mapAlerts } from '../support/alerts.ts';

export interface RunningPeer extends AsyncDisposable {
  readonly url: string;
  /** Where it answers with the six columns of the vendor's alerts. */
  readonly path: string;
  /** Its process, and those that it has started. */
  pids(): Promise<number[]>;
}

export interface PeerPlace {
  /** That it was installed into; nothing is written there. */
  readonly installed: string;
  /** For what it keeps. */
  readonly folder: string;
  readonly vendor: string;
  /** A database of its own. */
  readonly databaseUrl: string;
}

export interface Peer {
  /** Of the npm package. */
  readonly name: string;
  readonly version: string;
  /** Packages of its tree in other versions than it names itself. */
  readonly overrides?: Readonly<Record<string, string>>;
  /** What it makes of the token that the client sends. */
  readonly token: string;
  start(place: PeerPlace): Promise<RunningPeer>;
}

const START_DEADLINE = 300_000;
const ROWS = mapAlerts(JSON.parse(alertsBody().toString()));

/** Starts a program that answers at `path` when it is ready. */
export async function startPeer(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
  { port, path }: { readonly port: number; readonly path: string },
): Promise<RunningPeer> {
  const child = spawn(process.execPath, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    // Some say on their standard output why they cannot start; that of this run is for the table.
    stdio: ['ignore', process.stderr, 'inherit'],
  });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const { pid = 0 } = child;
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`${args[0]} ended with ${child.exitCode}`);
    const answer = await fetch(`${url}${path}`, { headers: SIGNED_IN }).catch(() => undefined);
    const rows = answer?.ok === true ? rowsOf(await answer.text()) : undefined;
    if (rows !== undefined && !isDeepStrictEqual(rows, ROWS)) throw new Error(`${args[0]} answers with other rows`);
    return rows && true;
  }, START_DEADLINE);
  return {
    url,
    path,
    pids: () => familyOf(pid),
    async [Symbol.asyncDispose]() {
      for (const one of (await familyOf(pid)).toReversed()) process.kill(one, 'SIGKILL');
      await exited;
    },
  };
}

/** Some answer with a page while they start. */
function rowsOf(text: string): unknown {
  try {
    return (JSON.parse(text) as { readonly rows?: unknown }).rows;
  } catch {
    return undefined;
  }
}

async function familyOf(first: number): Promise<number[]> {
  const parents = new Map<number, number>();
  for (const name of await readdir('/proc')) {
    const stat = /^\d+$/.test(name) ? await readFile(`/proc/${name}/stat`, 'utf8').catch(() => undefined) : undefined;
    if (stat !== undefined) parents.set(Number(name), Number(stat.replace(/^.*\) /s, '').split(' ')[1]));
  }
  const family = [first];
  for (const member of family) for (const [pid, parent] of parents) if (parent === member) family.push(pid);
  return family;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
