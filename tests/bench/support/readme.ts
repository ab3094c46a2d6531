// The table in the README is what a run has measured, and says where and when: nobody types it.
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';

const README = join(import.meta.dirname, '../../../README.md');
const BEGIN = '<!-- bench: written by `npm run bench -- --quick --readme` -->';
const END = '<!-- /bench -->';

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

export async function writeReadme(text: string): Promise<void> {
  const readme = await readFile(README, 'utf8');
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`README.md has no place for the table: ${BEGIN} … ${END}`);
  await writeFile(README, `${readme.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${readme.slice(end)}`);
}
