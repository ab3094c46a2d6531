// A program of a benchmark in a process of its own; the first thing it says is where it answers.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Program extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
}

/** `name` of a file in `programs/`. */
export async function startProgram(name: string, ...args: readonly string[]): Promise<Program> {
  const file = join(import.meta.dirname, '../programs', `${name}.ts`);
  const child = spawn(process.execPath, ['--conditions=jackfield-source', file, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line') as Promise<[string]>,
    exited.then(() => {
      throw new Error(`the program ${name} ended before it answered`);
    }),
  ]);
  return {
    url: line[0],
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
