// Runs another program with this one's own input and output.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Its exit code; 1 when a signal has ended it. */
export async function run(file: string, args: readonly string[], cwd: string): Promise<number> {
  const child = spawn(file, args, { cwd, stdio: 'inherit' });
  const [code]: unknown[] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}

/** What it prints, and its exit code. */
export async function output(
  file: string,
  args: readonly string[],
  cwd: string,
): Promise<{ code: number; text: string; errors: string }> {
  const child = spawn(file, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const [text, errors, [code]] = await Promise.all([
    child.stdout.toArray(),
    child.stderr.toArray(),
    once(child, 'exit'),
  ]);
  return {
    code: typeof code === 'number' ? code : 1,
    text: Buffer.concat(text).toString(),
    errors: Buffer.concat(errors).toString(),
  };
}
