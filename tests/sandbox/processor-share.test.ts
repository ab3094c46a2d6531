// A thread that holds the processor gets what others leave. Node and the system are real: priorities are read where the system tells them.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildTestPlugin, queryPlugin, type TestPlugin } from '../support/plugins.ts';
import { readRun, runQuery, testSandbox } from '../support/sandbox.ts';
import { until } from '../support/until.ts';

const BODY = `
  const burn = (ms) => { for (const end = Date.now() + ms; Date.now() < end;); };
  switch (params.mode) {
    case 'loop': for (;;);
    case 'burn': burn(300); break;
    case 'rows': for (let n = 0; n < 60; n += 1) { burn(10); yield { n }; await new Promise((resolve) => setImmediate(resolve)); } return;
  }
  yield { n: 7 };`;

/** The threads of this process whose priority is not what it was started with. */
function lowered(): string[] {
  const niceOf = (thread: string): number => {
    try {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]);
    } catch {
      // It has ended.
      return own;
    }
  };
  const own = niceOf(String(process.pid));
  return readdirSync('/proc/self/task').filter((thread) => niceOf(thread) > own);
}

describe.runIf(process.platform === 'linux')('a thread', () => {
  let plugin: TestPlugin;
  beforeAll(async () => {
    plugin = await buildTestPlugin(queryPlugin(BODY));
  });
  afterAll(() => plugin[Symbol.asyncDispose]());
  const run = (sandbox: Parameters<typeof runQuery>[0], mode: string) =>
    runQuery(sandbox, plugin.version, { params: { mode }, deadline: 60_000 });

  test('that is in an endless loop is put behind all others, and no other thread is', async () => {
    await using sandbox = testSandbox();
    await until(async () => (lowered().length === 0 ? true : undefined));
    const loop = run(sandbox, 'loop');
    await until(async () => (lowered().length > 0 ? true : undefined), 60_000);
    const another = await buildTestPlugin(queryPlugin(BODY, { name: 'another' }), { name: 'another' });
    await using _ = another;
    expect((await readRun(runQuery(sandbox, another.version, { deadline: 60_000 }))).problem).toBeUndefined();
    expect(lowered()).toHaveLength(1);
    loop.cancel('it was seen');
    expect((await loop.result).problem?.code).toBe('timeout');
  });

  test('that held the processor is replaced when it has nothing to do', async () => {
    const HOUR = 3_600_000;
    await using sandbox = testSandbox({ threadsPerPlugin: 1, threadIdle: HOUR, threadRelief: 1 });
    let burnt = 0;
    // On a machine that is busy it takes long to use so much.
    await until(async () => {
      if (sandbox.threads() === 0 && burnt > 0) return true;
      expect((await readRun(run(sandbox, 'burn'))).problem).toBeUndefined();
      burnt += 1;
      return undefined;
    }, 60_000);
    expect((await readRun(run(sandbox, ''))).problem).toBeUndefined();
    await until(async () => (lowered().length === 0 ? true : undefined));
  });

  test('that is busy all the time with rows that come keeps its priority', async () => {
    await using sandbox = testSandbox();
    await until(async () => (lowered().length === 0 ? true : undefined));
    const seen = new Set<string>();
    const rows = run(sandbox, 'rows');
    for (let chunk = await rows.next(); chunk !== null; chunk = await rows.next())
      for (const thread of lowered()) seen.add(thread);
    expect((await rows.result).rows).toBe(60);
    expect(seen).toEqual(new Set());
  });
});
