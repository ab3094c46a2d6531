// The table of mutations fits the program and the hostile plugins as they are. In full every wall is taken down again.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { repository } from '../support/plugin-package.ts';
import { FULL } from '../support/random.ts';
import { GROUPS, IDEAS, type Group } from './hostile/index.ts';
import { openWorkshop, type Workshop } from './hostile/mutations/ideas.ts';
import { MUTATIONS, REASONS } from './hostile/mutations/index.ts';
import { readPage, writePage } from './hostile/mutations/page.ts';
import { failingSuites } from './hostile/mutations/suites.ts';
import { makeTree, mutate } from './hostile/mutations/tree.ts';

const text = readFileSync(join(import.meta.dirname, 'hostile/mutations/README.md'), 'utf8');
const { sightings, unseen } = readPage(text);

test('every idea has a name of its own', () => {
  expect(new Set(IDEAS.map(({ tries }) => tries)).size).toBe(IDEAS.length);
  expect(new Set(MUTATIONS.map(({ without }) => without)).size).toBe(MUTATIONS.length);
});

test.each(MUTATIONS)('the program can be had without $without', ({ patches, tests = [] }) => {
  const changed = new Map<string, string>();
  for (const patch of patches) {
    const before = changed.get(patch.file) ?? readFileSync(join(repository, patch.file), 'utf8');
    changed.set(patch.file, mutate(before, patch));
  }
  expect(changed.size).toBeGreaterThan(0);
  expect(tests.filter((file) => !existsSync(join(repository, file)))).toEqual([]);
});

test('the page is as `npm run mutations` has written it, and has every mutation', () => {
  expect(writePage({ sightings, unseen })).toBe(text);
  expect(sightings.map(({ without }) => without)).toEqual(MUTATIONS.map(({ without }) => without));
  expect(unseen).toEqual(Object.entries(REASONS).map(([tries, reason]) => ({ tries, reason })));
});

test('somebody sees each wall that is down', () => {
  const blind = sightings.filter(({ ideas, suites }) => ideas.length + suites.length === 0);
  expect(blind.map(({ without }) => without)).toEqual([]);
});

test('each idea sees a wall that is down, or there is a reason why not', () => {
  const seeing = new Set(sightings.flatMap(({ ideas }) => ideas));
  const names = IDEAS.map(({ tries }) => tries);
  expect([...seeing].filter((tries) => !names.includes(tries))).toEqual([]);
  expect(names.filter((tries) => !seeing.has(tries))).toEqual(names.filter((tries) => Object.hasOwn(REASONS, tries)));
  expect(Object.keys(REASONS).filter((tries) => !names.includes(tries))).toEqual([]);
});

let workshop: Workshop | undefined;
afterAll(() => workshop?.[Symbol.asyncDispose]());

test.runIf(FULL).each(MUTATIONS)(
  'without $without the same ideas and suites fail again',
  { timeout: 900_000 },
  async (mutation) => {
    workshop ??= await openWorkshop(Object.keys(GROUPS) as Group[]);
    await using tree = await makeTree(mutation);
    const { groups = [], tests = [] } = mutation;
    const before = sightings.find(({ without }) => without === mutation.without);
    const ideas = groups.length === 0 ? new Map() : await workshop.tryOn(tree.path, groups);
    const suites = tests.length === 0 ? new Map() : await failingSuites(tree.path, tests);
    expect(before?.ideas.filter((tries) => !ideas.has(tries))).toEqual([]);
    expect(before?.suites.filter(({ file }) => !suites.has(file))).toEqual([]);
  },
);
