// Ten hostile behaviours beside a healthy plugin, on a host under its real HTTP edge.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { buildTestPlugin, queryPlugin, type TestPlugin } from '../support/plugins.ts';
import { readRun, runQuery, testSandbox } from '../support/sandbox.ts';
import type { Sandbox } from '../../host/src/sandbox/index.ts';

interface Behaviour {
  /** Body of the query. */
  readonly body: string;
  /** Code at the top of the bundle, run when it is imported. */
  readonly top?: string;
  readonly code: string;
}

/** Sealed threads have setTimeout, Buffer and process.exit like any other. */
const BEHAVIOURS: Record<string, Behaviour> = {
  throws: { body: `throw new Error('boom');`, code: 'plugin_failed' },
  'rejects beside its awaited code': {
    body: `void Promise.reject(new Error('late')); await new Promise((r) => setTimeout(r, 200)); yield { n: 1 };`,
    code: 'plugin_crashed',
  },
  'exits when it is imported': { top: `process.exit(0);`, body: ``, code: 'plugin_crashed' },
  'exits in a run': { body: `process.exit(1);`, code: 'plugin_crashed' },
  'loops for ever': { body: `for (;;) {}`, code: 'timeout' },
  'loops for ever when it is imported': { top: `for (;;) {}`, body: ``, code: 'timeout' },
  'floods the heap': {
    body: `const all = []; for (;;) all.push(new Array(1000).fill(all.length));`,
    code: 'plugin_out_of_memory',
  },
  'floods memory with buffers': {
    body: `const all = []; for (;;) { all.push(Buffer.alloc(8 * 1024 * 1024, 1)); await new Promise((r) => setTimeout(r, 1)); }`,
    code: 'plugin_out_of_memory',
  },
  'yields a cell of 100 MB': { body: `yield { text: 'x'.repeat(100 * 1024 * 1024) };`, code: 'plugin_failed' },
  'never settles': { body: `await new Promise(() => {}); yield { n: 1 };`, code: 'timeout' },
};

const DEADLINE = 1500;
const plugins = new Map<string, TestPlugin>();
let healthy: TestPlugin;
let sandbox: Sandbox & AsyncDisposable;

beforeAll(async () => {
  for (const [name, { body, top }] of Object.entries(BEHAVIOURS)) {
    const id = `hostile-${plugins.size}`;
    const source = queryPlugin(`${body} yield {};`, {
      name: id,
      columns: `{ n: { type: 'integer' }, text: { type: 'string' } }`,
    });
    // At the end of the bundle: the builder runs it too, and must get its default export first.
    const late = top === undefined ? '' : `\nif (globalThis.process?.title === 'jackfield-plugin') { ${top} }`;
    plugins.set(name, await buildTestPlugin(source + late, { name: id }));
  }
  healthy = await buildTestPlugin(queryPlugin(`yield { n: params.n };`, { name: 'healthy' }));
  sandbox = testSandbox({ threadMemoryMb: 64 });
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  for (const plugin of [healthy, ...plugins.values()]) await plugin[Symbol.asyncDispose]();
});

test.each(Object.entries(BEHAVIOURS))('a plugin that %s ends with its own code', async (name, { code }) => {
  const startedAt = performance.now();
  const run = await readRun(runQuery(sandbox, plugins.get(name)!.version, { deadline: DEADLINE }));
  expect(run.problem?.code).toBe(code);
  expect(run.problem?.message).not.toBe('');
  expect(performance.now() - startedAt).toBeLessThan(DEADLINE + 1500);
});

test.each(Object.keys(BEHAVIOURS))('after a plugin that %s, the same plugin serves its next run', async (name) => {
  const again = await readRun(runQuery(sandbox, plugins.get(name)!.version, { deadline: DEADLINE, instance: 'next' }));
  expect(again.problem?.code).toBe(BEHAVIOURS[name]?.code);
});
