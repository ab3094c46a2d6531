// The guide as something to do: its commands with the output that it shows for them, and its edits, in the order in which they stand.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repository } from '../../support/plugin-package.ts';

export interface Command {
  readonly command: string;
  readonly shown: readonly string[];
}

export interface Edit {
  readonly from: string;
  readonly to: string;
}

const FILE = join(repository, 'sdk/README.md');
const BLOCK = /^```(console|diff)\n(.*?)^```$/gms;

export async function readGuide(): Promise<(Command | Edit)[]> {
  const text = await readFile(FILE, 'utf8');
  return [...text.matchAll(BLOCK)].flatMap(([, kind, body = '']): (Command | Edit)[] =>
    kind === 'diff' ? [editIn(body)] : commandsIn(body),
  );
}

/** Puts in what the commands have said. */
export async function writeGuide(output: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const text = await readFile(FILE, 'utf8');
  const written = text.replace(BLOCK, (block, kind: string, body: string) => {
    if (kind === 'diff') return block;
    const lines = commandsIn(body).flatMap(({ command }) => [`$ ${command}`, ...(output.get(command) ?? [])]);
    return `\`\`\`console\n${lines.join('\n')}\n\`\`\``;
  });
  await writeFile(FILE, written);
}

function commandsIn(body: string): Command[] {
  const commands: { command: string; shown: string[] }[] = [];
  for (const line of body.trimEnd().split('\n')) {
    if (line.startsWith('$ ')) commands.push({ command: line.slice(2), shown: [] });
    else commands.at(-1)?.shown.push(line);
  }
  return commands;
}

function editIn(body: string): Edit {
  const side = (sign: string) =>
    body
      .split('\n')
      .flatMap((line) => (line.startsWith(sign) ? [line.slice(1)] : []))
      .join('\n');
  return { from: side('-'), to: side('+') };
}

/** What differs from one run to the next, or is a secret, is the same here. */
export function steady(line: string): string {
  return line
    .replace(/^\d\d:\d\d:\d\d /, '12:00:00 ')
    .replace(/(127\.0\.0\.1|localhost):\d+/g, '$1:7700')
    .replace(/\d+(\.\d+)? ?ms\b/g, '1 ms')
    .replace(/duration_ms [\d.]+/, 'duration_ms 1')
    .replace(/\d+ bytes/, '1 bytes');
}

/** As the guide shows it: without secrets and what is long and says nothing, and at the port that is the usual one. */
export function shortened(line: string): string {
  return line
    .replace(/sha512-[\w+/=]+/g, 'sha512-…')
    .replace(/(?<=^[^{]*127\.0\.0\.1:)\d+/, '7700')
    .replace(/password: \S+/, 'password: …')
    .replace(/\bjf_[\w-]+/g, 'jf_…')
    .replace(/setup#[\w-]+/g, 'setup#…')
    .replace(/(\d+)\.\d+ms/, '$1 ms')
    .replace(/(duration_ms \d+)\.\d+/, '$1');
}
