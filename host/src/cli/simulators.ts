// The sample vendors of the demo: each is a process of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Simulator extends AsyncDisposable {
  readonly url: string;
}

const START_DEADLINE = 20_000;

/** Starts `main.ts` of a simulator and waits for the line that names its URL. */
export async function startSimulator(file: string, args: readonly string[]): Promise<Simulator> {
  const child = spawn(process.execPath, [file, '--port', '0', '--end-with-input', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  try {
    const url = await readUrl(child, file);
    return { url, [Symbol.asyncDispose]: () => end(child) };
  } catch (error) {
    await end(child);
    throw error;
  }
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
