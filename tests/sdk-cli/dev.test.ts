// `jackfield-plugin dev` with what `create` writes: a save is live, a mistake is said and changes nothing.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultsFor, startDev, writePackage, type Dev } from '@jackfield/sdk/cli';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tempFolder, type TempFolder } from '../support/plugin-package.ts';
import { until } from '../support/until.ts';

const QUERY = '/api/instances/dev/queries/open_items';
let folder: TempFolder;
let dev: Dev;
let source: string;
const lines: string[] = [];

/** A package without `node_modules` of its own finds those of the repository: the host is installed beside it. */
beforeAll(async () => {
  folder = await tempFolder();
  const root = join(folder.path, 'acme');
  await writePackage(root, defaultsFor('Acme'));
  source = join(root, 'src/plugin.ts');
  dev = await startDev(root, { port: 0, print: (line) => lines.push(line) });
});
afterAll(async () => {
  await dev?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const change = async (...changes: readonly (readonly [from: string, to: string])[]): Promise<void> => {
  let text = await readFile(source, 'utf8');
  for (const [from, to] of changes) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  await writeFile(source, text);
};
const ids = async (): Promise<unknown[]> => {
  const { rows } = await dev.api.get<{ rows: { id: string }[] }>(QUERY);
  return rows.map(({ id }) => id);
};
/** While the next version starts nobody answers. */
const idsBecome = (expected: readonly string[]): Promise<unknown> =>
  until(async () => (await ids().catch(() => [])).join() === expected.join() || undefined);

it('has an instance at the simulator, and says what is asked of it', async () => {
  expect(await ids()).toEqual(['A-1', 'A-2']);
  await until(async () => lines.some((line) => /query open_items  2 rows, \d+ ms, 1 call$/.test(line)) || undefined);
  expect(lines).toContainEqual(expect.stringMatching(/^\d\d:\d\d:\d\d    GET \/items\?state=open  200  \d+ ms$/));
  expect(lines.join('\n')).not.toContain('for the simulator only');
});

it('a save is live: nothing that the version before has answered is served again', async () => {
  const throwing = "if (params.severity === 'low') throw new TypeError('too low');\n        yield items.map(";
  await change(['state=open${filter}', 'state=closed${filter}'], ['yield items.map(', throwing]);
  await idsBecome(['A-3']);
  expect(await until(async () => lines.find((line) => line.startsWith('reloaded')))).toMatch(/^reloaded in \d+ ms$/);
});

it('what a run throws is said with the line that threw', async () => {
  await expect(dev.api.get(`${QUERY}?severity=low`)).rejects.toThrow('threw TypeError');
  const said = await until(async () => lines.find((line) => line.includes('error  TypeError: too low')));
  expect(said).toMatch(/^\S+  error  TypeError: too low\n +at Object\.rows \(src\/plugin\.ts:49:\d+\)$/);
});

it('a mistake is said with its line, and the version before goes on', async () => {
  await change(["cache: '60s'", "cache: '60 s'"]);
  await until(async () => lines.includes('the version before goes on') || undefined);
  expect(lines).toContainEqual(
    expect.stringMatching(/^src\/plugin\.ts:45:7: queries\.open_items\.cache must be a duration/),
  );
  expect(await ids()).toEqual(['A-3']);
});

it('says what to install when there is no host', async () => {
  await expect(startDev('/', { port: 0, print: () => undefined })).rejects.toMatchObject({
    next: expect.stringContaining('npm install --save-dev --save-exact @jackfield/host@'),
  });
});
