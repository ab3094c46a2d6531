// A host as people start it: a process of its own, told by its command line and environment.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { TestDatabase } from './databases.ts';
import { ADMIN_TOKEN, createApi, writeManifest, type Api, type PluginFolder } from './api.ts';
import { repository } from './plugin-package.ts';

/** The embedded database is WebAssembly. What lives for seconds is over before a better translation of it has paid. */
export const SHORT_LIVED = '--liftoff-only';
/** Benchmarks start hosts too. */
const FLAGS = 'VITEST' in process.env ? [SHORT_LIVED] : [];

/** Two seconds on a machine that is idle. */
const START_DEADLINE = 90_000;

export interface HostProcess extends AsyncDisposable {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly url: string;
  readonly api: Api;
  /** Log lines, and what it said to people. */
  readonly output: readonly string[];
  /** Resolves with exit code and signal. */
  readonly exited: Promise<readonly [code: number | null, signal: NodeJS.Signals | null]>;
}

export type CliProcess = Omit<HostProcess, 'url' | 'api'>;

/** Runs `jackfield` with these arguments, from the repository's root. `inGroup`: in a process group of its own, as in a terminal. `input`: what it reads. */
export function runCli(
  args: readonly string[],
  env: Record<string, string> = {},
  inGroup = false,
  input?: string,
  nodeArguments: readonly string[] = [],
): CliProcess {
  const foreign = /^(JACKFIELD_|DATABASE_URL$|NODE_OPTIONS$|VITEST)/;
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
  const child = spawn(
    process.execPath,
    [...FLAGS, '--conditions=jackfield-source', ...nodeArguments, 'host/src/cli/main.ts', ...args],
    {
      cwd: repository,
      env: { ...inherited, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: inGroup,
    },
  );
  child.stdin.end(input ?? '');
  const { pid = 0 } = child;
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on('line', (line) => output.push(line));
  const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  return {
    child,
    pid,
    output,
    exited,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) process.kill(inGroup ? -pid : pid, 'SIGKILL');
      await exited;
    },
  };
}

export interface HostProcessOptions {
  readonly plugins?: readonly PluginFolder[];
  readonly logLevel?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
}

/** `jackfield start` on a free port, ready when it answers. */
export async function startHostProcess(
  { dataFolder, databaseUrl }: TestDatabase,
  options: HostProcessOptions = {},
): Promise<HostProcess> {
  const manifest = await writeManifest(dataFolder, options.plugins ?? []);
  const running = runCli(
    ['start', '--data', dataFolder, '--plugins', manifest, '--port', '0', '--log-level', options.logLevel ?? 'info'],
    {
      JACKFIELD_ADMIN_TOKEN: ADMIN_TOKEN,
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      ...options.env,
    },
    false,
    undefined,
    options.nodeArguments,
  );
  const url = await urlOf(running);
  return { ...running, url, api: createApi(url, ADMIN_TOKEN) };
}

async function urlOf({ child, output, exited }: CliProcess): Promise<string> {
  const deadline = AbortSignal.timeout(START_DEADLINE);
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  for (;;) {
    const line = output.find((line) => line.includes('"the host answers"'));
    if (line !== undefined) return (JSON.parse(line) as { url: string }).url;
    if (ended || deadline.aborted) {
      child.kill('SIGKILL');
      throw new Error(`the host did not start:\n${output.join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Resident memory of a process: now, and the most it ever had, in MB. */
export async function memoryOf(pid: number): Promise<{ now: number; most: number }> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1024;
  return { now: read('VmRSS'), most: read('VmHWM') };
}
