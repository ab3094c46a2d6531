import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sandbox } from '../../host/src/sandbox/index.ts';
import { buildTestPlugin, queryPlugin, type TestPlugin } from '../support/plugins.ts';
import { readRun, runQuery, testSandbox } from '../support/sandbox.ts';

const BODY = `
  if (params.mode === 'throw') throw new Error('secret vendor body');
  if (params.mode === 'vendor') throw new VendorError('auth_failed', 'the vendor refused the token');
  if (params.mode === 'wrong') yield { n: 'x' };
  if (params.mode === 'state') { counter += 1; yield { n: counter }; return; }
  for (let i = 0; i < (params.n ?? 3); i++) yield { n: i };
`;

let plugin: TestPlugin;
let sandbox: Sandbox & AsyncDisposable;
beforeAll(async () => {
  plugin = await buildTestPlugin(
    queryPlugin(BODY, { top: `import { VendorError } from '@jackfield/sdk'; let counter = 0;` }),
  );
  sandbox = testSandbox();
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  await plugin[Symbol.asyncDispose]();
});

test('rows come out as one JSON object a line', async () => {
  const run = await readRun(runQuery(sandbox, plugin.version));
  expect(run.text).toBe('{"n":0}\n{"n":1}\n{"n":2}\n');
  expect(run).toMatchObject({ rows: 3, vendorCalls: 0 });
  expect(run.problem).toBeUndefined();
});

test('rows come out as CSV', async () => {
  const run = await readRun(runQuery(sandbox, plugin.version, { encoding: 'csv' }));
  expect(run.text).toBe('0\r\n1\r\n2\r\n');
});

test('a thrown error is plugin_failed and shows nothing of its message', async () => {
  const run = await readRun(runQuery(sandbox, plugin.version, { params: { mode: 'throw' } }));
  expect(run.problem?.code).toBe('plugin_failed');
  expect(JSON.stringify(run.problem?.toDocument())).not.toContain('secret vendor body');
});

test('a VendorError keeps its code and message', async () => {
  const run = await readRun(runQuery(sandbox, plugin.version, { params: { mode: 'vendor' } }));
  expect(run.problem?.toDocument()).toMatchObject({
    code: 'auth_failed',
    detail: 'the vendor refused the token',
    status: 401,
  });
});

test('a cell that does not fit its column fails the run and names the column', async () => {
  const run = await readRun(runQuery(sandbox, plugin.version, { params: { mode: 'wrong' } }));
  expect(run.problem?.message).toContain('column "n" must be an integer');
});

test('module state is kept within an instance and never crosses to another or to a new revision', async () => {
  const read = async (instance: string, revision: number): Promise<string> =>
    (await readRun(runQuery(sandbox, plugin.version, { params: { mode: 'state' }, instance, revision }))).text;
  expect(await read('a', 1)).toBe('{"n":1}\n');
  expect(await read('a', 1)).toBe('{"n":2}\n');
  expect(await read('b', 1)).toBe('{"n":1}\n');
  expect(await read('a', 2)).toBe('{"n":1}\n');
});

test('100 runs at once share the threads and all answer', async () => {
  const runs = Array.from({ length: 100 }, (_, i) => readRun(runQuery(sandbox, plugin.version, { params: { n: i } })));
  const results = await Promise.all(runs);
  expect(results.map((run) => run.rows)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(sandbox.threads()).toBeLessThanOrEqual(2);
});
