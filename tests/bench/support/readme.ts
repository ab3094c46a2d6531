// The table in the README is what a run has measured, and says where and when: nobody types it.
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
/** Where tables of runs stand: a file, and what is before and after them. */
export const PLACES = {
  scenarios: {
    file: 'README.md',
    begin: '<!-- bench: written by `npm run bench -- --quick --readme` -->',
    end: '<!-- /bench -->',
  },
  day: {
    file: 'tests/bench/README.md',
    begin: '<!-- day: written by `npm run bench -- day --readme` -->',
    end: '<!-- /day -->',
  },
} as const;

/** `took`: what a run was, and how long it took. */
export function machineText(took?: string): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const load = loadavg()
    .map((value) => value.toFixed(1))
    .join(', ');
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, ${availableParallelism()} cores (${cpu?.model.trim() || 'unknown'}), ${memory} GB, Node ${process.versions.node}; load of the machine over 1, 5 and 15 minutes at the end: ${load}${took === undefined ? '' : `; ${took}`}.`;
}

export async function writeReadme(place: keyof typeof PLACES, text: string): Promise<void> {
  const { file, begin, end } = PLACES[place];
  const path = join(ROOT, file);
  const readme = await readFile(path, 'utf8');
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for the table: ${begin} … ${end}`);
  await writeFile(path, `${readme.slice(0, from + begin.length)}\n\n${text}\n\n${readme.slice(to)}`);
}
