// `npm run mutations` makes the table of mutations again; words after `--` choose the walls whose names have one of them, and leave the
// rest of the table as it is.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openWorkshop } from './ideas.ts';
import { MUTATIONS, REASONS } from './index.ts';
import { readPage, writePage, type Sighting } from './page.ts';
import { failingSuites, type Failed } from './suites.ts';
import { makeTree } from './tree.ts';

const PAGE = join(import.meta.dirname, 'README.md');
const words = process.argv.slice(2);
const chosen = MUTATIONS.filter(({ without }) => words.length === 0 || words.some((word) => without.includes(word)));
const before = readPage(await readFile(PAGE, 'utf8').catch(() => ''));
const seen = new Map<string, Sighting>(before.sightings.map((sighting) => [sighting.without, sighting]));

await using workshop = await openWorkshop([...new Set(chosen.flatMap(({ groups = [] }) => groups))]);
for (const mutation of chosen) {
  const { without, groups = [], tests = [] } = mutation;
  const startedAt = performance.now();
  await using tree = await makeTree(mutation);
  const ideas = groups.length === 0 ? new Map<string, readonly string[]>() : await workshop.tryOn(tree.path, groups);
  const suites = tests.length === 0 ? new Map<string, Failed>() : await failingSuites(tree.path, tests);
  seen.set(without, {
    without,
    ideas: [...ideas.keys()],
    suites: [...suites].map(([file, failed]) => ({ file, failed })),
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  process.stdout.write(
    `without ${without}: ${ideas.size} ideas, ${suites.size} of ${tests.length} suites (${seconds} s)\n`,
  );
  for (const [tries, faults] of ideas) process.stdout.write(`    ${tries}: ${faults.join('; ').slice(0, 160)}\n`);
  await write();
}

async function write(): Promise<void> {
  const sightings = MUTATIONS.map(({ without }) => seen.get(without)).filter((sighting) => sighting !== undefined);
  const unseen = Object.entries(REASONS).map(([tries, reason]) => ({ tries, reason }));
  await writeFile(PAGE, writePage({ sightings, unseen }));
}
