import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { buildTestPlugin, queryPlugin } from '../support/plugins.ts';
import { readRun, runQuery, testSandbox } from '../support/sandbox.ts';

/** Longer than a thread may be busy before no more runs are given to it. */
const BUSY = 1200;

test('a run that waited behind a busy thread starts when that is free again', async () => {
  const source = queryPlugin(`
    if (params.mode === 'busy') for (const end = Date.now() + ${BUSY}; Date.now() < end;);
    yield { n: 1 };`);
  await using plugin = await buildTestPlugin(source);
  await using sandbox = testSandbox({ threadsPerPlugin: 1 });
  expect(await readRun(runQuery(sandbox, plugin.version))).toMatchObject({ rows: 1 });
  const busy = readRun(runQuery(sandbox, plugin.version, { params: { mode: 'busy' } }));
  // The watchdog looks by the clock, so being busy is a matter of time.
  await setTimeout(BUSY * 0.7);
  const startedAt = performance.now();
  const waiting = readRun(runQuery(sandbox, plugin.version, { deadline: 10_000 }));
  expect(await busy).toMatchObject({ rows: 1 });
  expect(await waiting).toMatchObject({ rows: 1 });
  expect(performance.now() - startedAt).toBeLessThan(3000);
});
