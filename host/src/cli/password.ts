// A password from whoever runs a command: asked for without showing it, or one line of stdin for scripts. Never an argument, which
// everybody on the machine can see.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { CommandError } from './command-error.ts';

export async function readPassword(): Promise<string> {
  const isAsked = process.stdin.isTTY;
  if (isAsked) process.stderr.write('Password: ');
  // What is typed is shown nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: isAsked });
  try {
    const given = await Promise.race([once(lines, 'line'), once(lines, 'close').then(() => [''])]);
    const [password] = given as [string];
    if (password === '') throw new CommandError('there is no password', 'Type one, or send one as a line on stdin.');
    return password;
  } finally {
    lines.close();
    if (isAsked) process.stderr.write('\n');
  }
}
