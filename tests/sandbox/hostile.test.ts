// Ten hostile behaviours, each in the real sandbox.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sandbox } from '../../host/src/sandbox/index.ts';
import { buildHostile, HOSTILE } from '../support/hostile.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { FULL } from '../support/random.ts';
import { readRun, runQuery, testSandbox } from '../support/sandbox.ts';

/** Milliseconds: of those that run into it, and of those that must end by something else, however busy the machine is. */
const DEADLINE = 2000;
const PATIENT = 20_000;
const plugins: TestPlugin[] = [];
let sandbox: Sandbox & AsyncDisposable;

beforeAll(async () => {
  for (const [index, behaviour] of HOSTILE.entries()) plugins.push(await buildHostile(behaviour, `hostile-${index}`));
  sandbox = testSandbox({ threadMemoryMb: 64 });
});
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]();
  for (const plugin of plugins) await plugin[Symbol.asyncDispose]();
});

test.each(HOSTILE.map((behaviour, index) => ({ ...behaviour, index })))(
  'a plugin that $name ends with $code, and so does its next run on a new thread',
  async ({ index, code }) => {
    const plugin = plugins[index];
    if (plugin === undefined) throw new Error('not built');
    // One that runs into its deadline leaves nothing that its next run could find.
    for (const instance of FULL || code !== 'timeout' ? ['first', 'next'] : ['first']) {
      const deadline = code === 'timeout' ? DEADLINE : PATIENT;
      const run = await readRun(runQuery(sandbox, plugin.version, { deadline, instance }));
      expect(run.problem?.code).toBe(code);
    }
  },
);

/** Milliseconds. Beside other test files a timer may be late. */
const LATE = FULL ? 100 : 300;

/** Loops that V8 once compiled without the check that lets a thread be ended, and their neighbours. */
const LOOPS = [
  'for (;;) new Array(1000).fill(1);',
  'let i = 0; while (true) i++;',
  `for (;;) 'x'.repeat(100);`,
  'const m = new Map(); for (let i = 0; ; i = (i + 1) % 1000) m.set(i, i);',
  'for (;;) new Uint8Array(100);',
  'for (;;) [1, 2, 3].map((x) => x * 2);',
  '/(a+)+$/.test("a".repeat(60) + "b");',
  'function* g() { for (;;) yield 1; } for (const _ of g());',
  'for (;;) { try { throw new Error("x"); } catch {} }',
  'for (;;) await 1;',
];

/** In `npm test` the first of them: V8 lost its check. */
const chosen = FULL ? LOOPS : LOOPS.slice(0, 3);

test(`${chosen.length} shapes of endless loop are ended within ${LATE} ms of their deadline, and leave no thread behind`, async () => {
  const late: number[] = [];
  for (const [index, body] of chosen.entries()) {
    await using plugin = await buildHostile({ name: body, body, code: 'timeout' }, `loop-${index}`);
    await using own = testSandbox();
    const startedAt = performance.now();
    const run = await readRun(runQuery(own, plugin.version, { deadline: 700 }));
    late.push(performance.now() - startedAt - 700);
    expect(run.problem?.code, body).toBe('timeout');
    await expect.poll(() => own.threads(), { timeout: 10_000, message: body }).toBe(0);
  }
  process.stdout.write(`settled ${late.map(Math.round).join(', ')} ms after the deadline\n`);
  expect(Math.max(...late)).toBeLessThan(LATE);
});
