import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { validateConformanceReport } from '@jackfield/schemas';
import { ITEMS, runConformance, writeReport, type ConformanceReport, type ItemId } from '@jackfield/sdk/testing';
import { repository, type TempFolder } from '../support/plugin-package.ts';
import { flawedPackage, setupWith } from './flawed.ts';

const run = promisify(execFile);
const FULL = process.env['JACKFIELD_TEST_SCALE'] === 'full';
/** Each takes a second of CPU, and the hanging vendor some more of waiting: one, unless there is time for all. */
const FEW: ReadonlySet<ItemId> = new Set(['malformed']);
/** A plugin that does not load has no items: it is an error that says why. */
const FLAWS = (Object.keys(ITEMS) as ItemId[]).filter((id) => id !== 'manifest' && (FULL || FEW.has(id)));

let folder: TempFolder;
beforeAll(async () => {
  folder = await flawedPackage();
});
afterAll(() => folder[Symbol.asyncDispose]());

const notPassed = ({ items }: ConformanceReport) =>
  items.filter(({ outcome }) => outcome !== 'passed').map(({ id, outcome, because }) => ({ id, outcome, because }));

test('a plugin that keeps every promise is gold, and its report is about what was tried', async () => {
  const report = await runConformance(folder.path, setupWith(undefined));
  expect(notPassed(report)).toEqual([]);
  expect(report.items.map(({ id }) => id)).toEqual(Object.keys(ITEMS));
  expect(report).toMatchObject({ plugin: 'flawed', version: '1.0.0', grade: 'gold' });
  expect(report.bundle.sha256).toMatch(/^[0-9a-f]{64}$/);
  const written: unknown = JSON.parse(await readFile(await writeReport(folder.path, report), 'utf8'));
  expect(written).toEqual(report);
  expect(validateConformanceReport(written)).toEqual([]);
});

test.for(FLAWS)('a plugin that breaks "%s" fails that and nothing else', async (flaw) => {
  const report = await runConformance(folder.path, setupWith(flaw));
  expect(notPassed(report)).toEqual([
    { id: flaw, outcome: 'failed', because: expect.arrayContaining([expect.any(String)]) },
  ]);
  expect(report.grade).toBe({ bronze: null, silver: 'bronze', gold: 'silver' }[ITEMS[flaw].grade]);
});

test('an item is skipped for a reason that is written down, and only then', async () => {
  const setup = setupWith('connects');
  const reason = 'This vendor has nothing that could be asked without harm.';
  const others = Object.keys(ITEMS).filter((id) => id !== 'manifest');
  const skip = Object.fromEntries(others.map((id) => [id, reason]));
  const report = await runConformance(folder.path, { ...setup, skip });
  expect(report.grade).toBe('gold');
  expect(notPassed(report)).toEqual(others.map((id) => ({ id, outcome: 'skipped', because: [reason] })));
  await expect(runConformance(folder.path, { ...setup, skip: { connects: 'no' } })).rejects.toThrow(
    '"connects" needs a reason of at least 20 characters',
  );
  await expect(runConformance(folder.path, { ...setup, skip: { conects: reason } as never })).rejects.toThrow(
    'skip names "conects", which is no item',
  );
});

test('the command says in one line what a package without a setup lacks', async () => {
  const main = join(repository, 'sdk/src/cli/main.ts');
  const asked = run(process.execPath, ['--conditions=jackfield-source', main, 'conformance', folder.path]);
  await expect(asked).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^\S+ has no test\/conformance\.ts: export default defineConformance\(.*\n$/),
  });
});

test('a plugin that no host loads is not graded, and a package without a setup is told what to write', async () => {
  await expect(runConformance(folder.path)).rejects.toThrow(
    'has no test/conformance.ts: export default defineConformance',
  );
  await using broken = await flawedPackage();
  const source = join(broken.path, 'src/plugin.js');
  await writeFile(source, (await readFile(source, 'utf8')).replace("type: 'datetime'", "type: 'time'"));
  await expect(runConformance(broken.path, setupWith(undefined))).rejects.toThrow(/src\/plugin\.js:\d+:\d+: .*type/);
});
