import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { until } from '../../support/until.ts';

export interface RunningPeer extends AsyncDisposable {
  readonly url: string;
  /** Where it answers with the six columns of the vendor's alerts. */
  readonly path: string;
  /** Its process, and those that it has started. */
  pids(): Promise<number[]>;
}

export interface PeerPlace {
  /** That it was installed into. */
  readonly folder: string;
  readonly vendor: string;
  /** A database of its own. */
  readonly databaseUrl: string;
}

export interface Peer {
  /** Of the npm package. */
  readonly name: string;
  readonly version: string;
  /** Packages whose scripts have to run, because it does not start without what they build or fetch. */
  readonly built?: readonly string[];
  start(place: PeerPlace): Promise<RunningPeer>;
}

const START_DEADLINE = 300_000;

/** Starts a program that answers at `path` when it is ready. */
export async function startPeer(
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> },
  { port, path }: { readonly port: number; readonly path: string },
): Promise<RunningPeer> {
  const child = spawn(process.execPath, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const { pid = 0 } = child;
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`${args[0]} ended with ${child.exitCode}`);
    const answer = await fetch(`${url}${path}`).catch(() => undefined);
    return answer?.ok && (await answer.text()).includes('ALERT-10000') ? true : undefined;
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
