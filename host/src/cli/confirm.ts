import { createInterface } from 'node:readline/promises';
import { CommandError } from './command-error.ts';

/** Asks on the terminal. @throws CommandError when there is nobody to answer. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new CommandError('nobody can be asked here', 'Say --yes to do it without a question.');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}
