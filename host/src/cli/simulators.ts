// The sample vendors of the demo: each is a process of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';

export interface Simulator extends AsyncDisposable {
  readonly url: string;
}

const START_DEADLINE = 20_000;

/** Starts `main.ts` of a simulator and waits for the line that names its URL. `port`: where it should be, if nobody else is there. */
export async function startSimulator(file: string, args: readonly string[], port = 0): Promise<Simulator> {
  const at = ['--port', String(await freePort(port)), '--end-with-input'];
  const child = spawn(process.execPath, [file, ...at, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const url = await readUrl(child, file);
    return { url, [Symbol.asyncDispose]: () => end(child) };
  } catch (error) {
    await end(child);
    throw error;
  }
}

/** This one, or another when it is taken. */
async function freePort(wanted: number): Promise<number> {
  const probe = createServer();
  probe.listen(wanted, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return 0;
  }
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function readUrl(child: ChildProcess, file: string): Promise<string> {
  if (child.stdout === null) throw new Error(`${file} has no output`);
  const lines = createInterface({ input: child.stdout });
  const failed = once(child, 'exit').then(() => {
    throw new Error(`the simulator ${file} ended before it was ready`);
  });
  failed.catch(() => undefined);
  const [line]: unknown[] = await Promise.race([
    once(lines, 'line', { signal: AbortSignal.timeout(START_DEADLINE) }),
    failed,
  ]);
  const { url }: { url?: unknown } = JSON.parse(String(line));
  if (typeof url !== 'string') throw new Error(`the simulator ${file} did not say its URL`);
  return url;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}
