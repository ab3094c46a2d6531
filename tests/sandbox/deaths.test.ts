// What happens to the others when a thread dies, and to a plugin that keeps killing its threads.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { createSandbox } from '../../host/src/sandbox/index.ts';
import { movableClock } from '../support/host.ts';
import { buildTestPlugin, queryPlugin, type TestPlugin } from '../support/plugins.ts';
import { readRun, runQuery, testSandbox } from '../support/sandbox.ts';
import type { Log } from '../../host/src/log.ts';

const BODY = `
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  switch (params.mode) {
    case 'exit': await wait(50); process.exit(1);
    case 'wait': await wait(params.n); yield { n: params.n }; return;
    case 'rows then wait': yield { n: 1 }; await wait(params.n); return;
    case 'late rejection': setTimeout(() => Promise.reject(new Error('late')), 30); yield { n: 1 }; return;
    case 'late throw': setTimeout(() => { throw new Error('late'); }, 30); yield { n: 1 }; return;
    case 'late loop': setTimeout(() => { for (;;) {} }, 30); yield { n: 1 }; return;
    case 'loop on a cue': setInterval(() => { while (Reflect.get(globalThis, 'cue')); }, 1); yield { n: 1 }; return;
    case 'cue': Reflect.set(globalThis, 'cue', true); await wait(params.n); yield { n: params.n }; return;
    case 'late exit': setTimeout(() => process.exit(1), 30); yield { n: 1 }; return;
    case 'many': for (let i = 0; i < 200000; i++) yield { n: i }; return;
    case 'loop': for (;;) {}
    case 'log': for (let i = 0; i < 100000; i++) ctx.log.info('line ' + i); yield { n: 1 }; return;
    default: yield { n: 7 };
  }`;

/** In a plugin: the same number for all that is evaluated on one thread. */
const THREAD = 'globalThis.number ??= Math.floor(Math.random() * 1e9)';

/** The threads that so many instances are read on, one after the other, when five imports are the end of one. */
async function threadsOf(version: TestPlugin['version'], instances: number): Promise<ReadonlySet<string>> {
  await using sandbox = testSandbox({ threadsPerPlugin: 1, evaluationsPerThread: 5 });
  const threads = new Set<string>();
  for (let n = 0; n < instances; n += 1) {
    const run = await readRun(runQuery(sandbox, version, { instance: `i-${n}` }));
    expect(run.problem).toBeUndefined();
    threads.add(run.text);
  }
  return threads;
}

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await buildTestPlugin(queryPlugin(BODY));
});
afterAll(() => plugin[Symbol.asyncDispose]());

/** Threads behave the same wherever they are: in `npm test` isolation.test.ts, contributions and fetch show it. */
const KINDS = process.env['JACKFIELD_TEST_SCALE'] === 'full' ? (['plugin', 'process'] as const) : (['plugin'] as const);

describe.each(KINDS)('isolation "%s":', (isolation) => {
  const version = (): TestPlugin['version'] => ({ ...plugin.version, isolation });

  describe('when a thread dies', () => {
    test('reads that shared it are served again by another thread, and the one that ended it is named', async () => {
      await using sandbox = testSandbox({ threadsPerPlugin: 1 });
      await readRun(runQuery(sandbox, version()));
      const innocent = Array.from({ length: 10 }, (_, i) =>
        readRun(runQuery(sandbox, version(), { params: { mode: 'wait', n: 200 + i } })),
      );
      const guilty = readRun(runQuery(sandbox, version(), { params: { mode: 'exit' } }));
      expect((await guilty).problem?.code).toBe('plugin_crashed');
      const results = await Promise.all(innocent);
      expect(results.map((run) => run.text)).toEqual(Array.from({ length: 10 }, (_, i) => `{"n":${200 + i}}\n`));
    });

    test('a read whose rows were already on their way is not repeated: it says that it broke off', async () => {
      await using sandbox = testSandbox({ threadsPerPlugin: 1 });
      const run = runQuery(sandbox, version(), { params: { mode: 'rows then wait', n: 400 } });
      expect((await run.next())?.rows).toBe(1);
      const guilty = readRun(runQuery(sandbox, version(), { params: { mode: 'exit' } }));
      expect(await run.next()).toBeNull();
      expect((await run.result).problem?.code).toBe('plugin_crashed');
      await guilty;
    });

    test('runs that were queued behind it are not forgotten', async () => {
      await using sandbox = testSandbox({ threadsPerPlugin: 1, runsPerThread: 1 });
      const crash = readRun(runQuery(sandbox, version(), { params: { mode: 'exit' } }));
      const queued = Array.from({ length: 5 }, () => readRun(runQuery(sandbox, version())));
      expect((await crash).problem?.code).toBe('plugin_crashed');
      expect((await Promise.all(queued)).map((run) => run.text)).toEqual(Array(5).fill('{"n":7}\n'));
    });
  });

  describe('code that goes on after its run', () => {
    test.each(['late rejection', 'late throw'])('a %s is logged with its run and disturbs nobody', async (mode) => {
      const warnings: object[] = [];
      const log: Log = {
        debug: () => {},
        info: () => {},
        error: () => {},
        warn: (fields) => void warnings.push(fields),
      };
      await using sandbox = testSandbox({ threadsPerPlugin: 1 }, log);
      const first = runQuery(sandbox, version(), { params: { mode } });
      expect((await readRun(first)).text).toBe('{"n":1}\n');
      const during = await readRun(runQuery(sandbox, version(), { params: { mode: 'wait', n: 200 } }));
      expect(during.text).toBe('{"n":200}\n');
      expect(warnings).toEqual([
        expect.objectContaining({ runId: first.runId, error: expect.stringContaining('late') }),
      ]);
    });

    test.each(['late loop', 'late exit'])('a %s costs its thread, and the next run is served', async (mode) => {
      await using sandbox = testSandbox({ threadsPerPlugin: 1 });
      expect((await readRun(runQuery(sandbox, version(), { params: { mode } }))).text).toBe('{"n":1}\n');
      await new Promise((resolve) => setTimeout(resolve, 60));
      const next = await readRun(runQuery(sandbox, version(), { deadline: 8000 }));
      expect(next.text).toBe('{"n":7}\n');
    });

    test('a late loop holds no run up that was on its thread before: it is served by another one', async () => {
      await using sandbox = testSandbox({ threadsPerPlugin: 1, threadAsked: 100, crashesToQuarantine: 1 });
      const loop = runQuery(sandbox, version(), { params: { mode: 'loop on a cue' } });
      expect((await readRun(loop)).text).toBe('{"n":1}\n');
      // The loop begins when the first of them has begun, and is nobody's whose run is under way.
      const runs = [200, 201].map((n) =>
        runQuery(sandbox, version(), { params: { mode: 'cue', n }, instance: `i-${n}`, deadline: 25_000 }),
      );
      expect((await Promise.all(runs.map(readRun))).map(({ text }) => text)).toEqual(['{"n":200}\n', '{"n":201}\n']);
      for (const n of [200, 201])
        expect((await readRun(runQuery(sandbox, version(), { instance: `i-${n}` }))).text).toBe('{"n":7}\n');
    });

    test('a thread that nobody else was on is left to its run until the deadline', async () => {
      await using sandbox = testSandbox({ threadAsked: 20 });
      const run = runQuery(sandbox, version(), { params: { mode: 'loop' }, deadline: 1000 });
      const { problem } = await readRun(run);
      expect(problem?.code).toBe('timeout');
    });

    test('a late exit takes no run with it that has just begun on its thread', async () => {
      await using sandbox = testSandbox({ threadsPerPlugin: 1, crashesToQuarantine: 1 });
      expect((await readRun(runQuery(sandbox, version(), { params: { mode: 'late exit' } }))).text).toBe('{"n":1}\n');
      const begun = runQuery(sandbox, version(), { params: { mode: 'wait', n: 200 }, instance: 'innocent' });
      expect(await readRun(begun)).toMatchObject({ text: '{"n":200}\n' });
      expect((await readRun(runQuery(sandbox, version(), { instance: 'innocent' }))).text).toBe('{"n":7}\n');
    });

    test('a plugin that logs in a loop is heard for a while only', async () => {
      let lines = 0;
      const log: Log = { debug: () => {}, info: () => void (lines += 1), error: () => {}, warn: () => {} };
      await using sandbox = testSandbox({}, log);
      expect((await readRun(runQuery(sandbox, version(), { params: { mode: 'log' } }))).rows).toBe(1);
      expect(lines).toBe(1000);
    });
  });

  describe('quarantine', () => {
    test('the third crash of an instance pauses it and only it; the pause ends, and one more crash doubles it', async () => {
      const clock = movableClock();
      const log: Log = { debug: () => {}, info: () => {}, error: () => {}, warn: () => {} };
      const sandbox = createSandbox({ limits: defaultLimits, clock, log });
      const crash = async (): Promise<string | undefined> =>
        (await readRun(runQuery(sandbox, version(), { params: { mode: 'exit' } }))).problem?.message;
      for (let i = 0; i < 3; i += 1) expect(await crash()).toContain('ended its thread');
      await expect(crash()).rejects.toMatchObject({
        code: 'plugin_crashed',
        message: expect.stringContaining('is paused'),
        options: { retryAfterMs: expect.closeTo(defaultLimits.quarantineMin, -3) },
      });
      expect((await readRun(runQuery(sandbox, version(), { instance: 'other' }))).text).toBe('{"n":7}\n');
      clock.advance(defaultLimits.quarantineMin);
      expect(await crash()).toContain('ended its thread');
      await expect(crash()).rejects.toMatchObject({
        options: { retryAfterMs: expect.closeTo(defaultLimits.quarantineMin * 2, -3) },
      });
      clock.advance(defaultLimits.quarantineMin * 2);
      expect((await readRun(runQuery(sandbox, version()))).text).toBe('{"n":7}\n');
      for (let i = 0; i < 2; i += 1) expect(await crash()).toContain('ended its thread');
      await sandbox.stop();
    });

    test('a run that was let in before the crashes does not end the pause', async () => {
      await using sandbox = testSandbox({ threadsPerPlugin: 2, runsPerThread: 1 });
      // It has more than may be on its way, so it ends when it is read.
      const early = runQuery(sandbox, version(), { params: { mode: 'many' } });
      expect((await early.next())?.rows).toBeGreaterThan(0);
      for (let i = 0; i < 3; i += 1)
        expect((await readRun(runQuery(sandbox, version(), { params: { mode: 'exit' } }))).problem?.code).toBe(
          'plugin_crashed',
        );
      while ((await early.next()) !== null);
      expect(await early.result).toMatchObject({ rows: 200_000 });
      expect(() => runQuery(sandbox, version())).toThrow(expect.objectContaining({ code: 'plugin_crashed' }));
    });
  });

  describe('an endless loop', () => {
    test('counts as a crash of the run that was alone with it, never of one that shared its thread', async () => {
      await using sandbox = testSandbox({ threadsPerPlugin: 1, crashesToQuarantine: 1, cancelGrace: 50 });
      const victim = readRun(
        runQuery(sandbox, version(), { params: { mode: 'wait', n: 2000 }, instance: 'victim', deadline: 400 }),
      );
      const loop = readRun(
        runQuery(sandbox, version(), { params: { mode: 'loop' }, instance: 'looper', deadline: 1200 }),
      );
      expect((await victim).problem?.code).toBe('timeout');
      expect((await loop).problem?.code).toBe('timeout');
      await expect
        .poll(
          () => {
            try {
              runQuery(sandbox, version(), { instance: 'looper' });
              return 'runs';
            } catch {
              return 'paused';
            }
          },
          { timeout: 10_000 },
        )
        .toBe('paused');
      expect((await readRun(runQuery(sandbox, version(), { instance: 'victim' }))).text).toBe('{"n":7}\n');
    });
  });

  describe('limits', () => {
    test('a queue that is full refuses with rate_limited and a time to wait', async () => {
      await using sandbox = testSandbox({ threadsPerPlugin: 1, runsPerThread: 1, queueDepth: 3 });
      const start = (): ReturnType<typeof runQuery> =>
        runQuery(sandbox, version(), { params: { mode: 'wait', n: 100 } });
      const runs = Array.from({ length: 4 }, () => readRun(start()));
      expect(start).toThrow(expect.objectContaining({ code: 'rate_limited' }));
      expect((await Promise.all(runs)).every((run) => run.rows === 1)).toBe(true);
    });

    test('a run that timed out in the queue gives its place to the next', async () => {
      await using sandbox = testSandbox({ threadsPerPlugin: 1, runsPerThread: 1, queueDepth: 2 });
      const first = readRun(runQuery(sandbox, version(), { params: { mode: 'wait', n: 700 } }));
      const late = [1, 2].map(() => readRun(runQuery(sandbox, version(), { deadline: 100 })));
      expect((await Promise.all(late)).map((run) => run.problem?.code)).toEqual(['timeout', 'timeout']);
      expect((await readRun(runQuery(sandbox, version()))).text).toBe('{"n":7}\n');
      expect((await first).rows).toBe(1);
    });

    test('the deadline counts from the request, time in the queue included', async () => {
      await using sandbox = testSandbox({ threadsPerPlugin: 1, runsPerThread: 1 });
      const first = readRun(runQuery(sandbox, version(), { params: { mode: 'wait', n: 600 } }));
      const queued = await readRun(runQuery(sandbox, version(), { deadline: 200 }));
      expect(queued.problem?.code).toBe('timeout');
      expect((await first).rows).toBe(1);
    });

    test('a thread is replaced after a number of imports, and no run notices', async () => {
      // A bundle that imports something is a module, which nobody can free.
      const top = "import { createHash } from 'node:crypto';";
      await using importing = await buildTestPlugin(queryPlugin(`yield { n: (createHash, ${THREAD}) };`, { top }));
      const threads = await threadsOf({ ...importing.version, isolation }, 23);
      expect(threads.size).toBeGreaterThan(3);
    });

    test('a thread evaluates any other bundle again and again', async () => {
      await using plain = await buildTestPlugin(queryPlugin(`yield { n: ${THREAD} };`));
      const threads = await threadsOf({ ...plain.version, isolation }, 23);
      // One; on a machine that stands still it may count as blocked, and have another in its place.
      expect(threads.size).toBeLessThan(3);
    });
  });
});
