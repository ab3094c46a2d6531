// Every rule of `validate` by its own test data: packages that keep it, and packages that break it with what is then said.
import { cp, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildPlugin, findingText, rules, validatePlugin } from '@jackfield/sdk/cli';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { repository, tempFolder, type TempFolder } from '../support/plugin-package.ts';

const folderOf = (rule: string): string => join(repository, 'sdk/src/cli/validate/rules', rule);
const casesOf = (rule: string, kind: 'good' | 'bad'): Promise<string[]> => readdir(join(folderOf(rule), kind));

/** More than a bundle should have: nobody wants it in the repository. */
const GROWN = 1_100_000;

let base: TempFolder;
beforeAll(async () => {
  base = await tempFolder();
  await cp(join(repository, 'tests/sdk-cli/base-package'), base.path, { recursive: true });
  await buildPlugin(base.path);
});
afterAll(() => base[Symbol.asyncDispose]());

/** The base package, built, with the files of a case over it. */
async function packageOf(overlay: string): Promise<TempFolder> {
  const folder = await tempFolder();
  await cp(base.path, folder.path, { recursive: true, filter: (path) => !path.endsWith('node_modules') });
  await cp(overlay, folder.path, { recursive: true });
  const words = join(folder.path, 'src/words.js');
  const text = await readFile(words, 'utf8').catch(() => undefined);
  if (text !== undefined) await writeFile(words, text.replace('%GROW%', 'x'.repeat(GROWN)));
  return folder;
}

async function foundIn(overlay: string, rule: string): Promise<string[]> {
  await using folder = await packageOf(overlay);
  const findings = await validatePlugin(folder.path);
  return findings.filter((finding) => finding.rule === rule).map(findingText);
}

describe.for(rules.map(({ id }) => id))('%s', (rule) => {
  it('finds nothing in packages that keep it', async () => {
    for (const name of await casesOf(rule, 'good')) {
      expect({ name, found: await foundIn(join(folderOf(rule), 'good', name), rule) }).toEqual({ name, found: [] });
    }
  });

  it('names the file and line, and what to do, in those that break it', async () => {
    const names = await casesOf(rule, 'bad');
    expect(names).not.toEqual([]);
    for (const name of names) {
      const overlay = join(folderOf(rule), 'bad', name);
      const expected = (await readFile(join(overlay, 'expected.txt'), 'utf8')).trimEnd().split('\n');
      expect({ name, found: await foundIn(overlay, rule) }).toEqual({ name, found: expected });
    }
  });
});

it('every folder of test data has a rule', async () => {
  expect((await readdir(folderOf('.'))).toSorted()).toEqual(rules.map(({ id }) => id).toSorted());
});

it('the guide of the SDK lists every rule, with what it asks', async () => {
  const guide = (await readFile(join(repository, 'sdk/README.md'), 'utf8')).replaceAll(/ +\|/g, ' |');
  for (const { id, asks } of rules)
    expect(guide).toMatch(new RegExp(`^\\| \`${id}\` \\| ${RegExp.escape(asks)} \\|$`, 'm'));
});
