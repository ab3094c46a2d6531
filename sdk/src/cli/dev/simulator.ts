// The simulator of a plugin's own vendor: `simulator/main.ts` prints one line of JSON with its `url`, and the `config` to sign in with.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CommandError } from '../command-error.ts';

const FILES = ['simulator/main.ts', 'simulator/main.js'];
const START_DEADLINE_MS = 20_000;

export interface Simulator extends AsyncDisposable {
  readonly file: string;
  readonly url: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Undefined when the plugin has none. @throws CommandError when it does not say where it answers. */
export async function startSimulator(root: string): Promise<Simulator | undefined> {
  const file = FILES.find((name) => existsSync(join(root, name)));
  if (file === undefined) return undefined;
  const child = spawn(process.execPath, [join(root, file)], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    return { file, ...(await firstLine(child, file)), [Symbol.asyncDispose]: () => end(child) };
  } catch (error) {
    await end(child);
    throw error;
  }
}

async function firstLine(child: ChildProcess, file: string): Promise<Pick<Simulator, 'url' | 'config'>> {
  if (child.stdout === null) throw new CommandError(`${file} has no output`);
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(() => undefined);
  const line = once(lines, 'line', { signal: AbortSignal.timeout(START_DEADLINE_MS) }).then(([text]: unknown[]) =>
    String(text),
  );
  const text = await Promise.race([line, ended]).catch(() => undefined);
  line.catch(() => undefined);
  try {
    const { url, config = {} } = JSON.parse(text ?? '') as { url?: unknown; config?: Record<string, unknown> };
    if (typeof url === 'string') return { url, config };
  } catch {
    // Said below.
  }
  throw new CommandError(`${file} must print one line of JSON first: {"url":"http://127.0.0.1:…","config":{…}}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill();
  await gone;
}
