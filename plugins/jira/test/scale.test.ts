// The whole stream in the real sandbox, over the real gateway, from a simulator in a process of its own: its thread stays small.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test, vi } from 'vitest';
import { startSimulator } from '../../../host/src/cli/simulators.ts';
import { createGateway } from '../../../host/src/gateway/index.ts';
import type { PluginVersion } from '../../../host/src/kernel/index.ts';
import { defaultLimits } from '../../../host/src/limits.ts';
import { silentLog } from '../../../tests/support/log.ts';
import { runWork, testSandbox } from '../../../tests/support/sandbox.ts';

const ISSUES = process.env['JACKFIELD_TEST_SCALE'] === 'full' ? 100_000 : 10_000;
const FOLDER = join(import.meta.dirname, '..');
const MB = 1024 * 1024;

afterEach(() => vi.restoreAllMocks());

/** The built plugin. */
function builtPlugin(): PluginVersion {
  const manifest = JSON.parse(readFileSync(join(FOLDER, 'dist/plugin.json'), 'utf8')) as PluginVersion['manifest'];
  return {
    manifest,
    package: '@jackfield/plugin-jira',
    bundleFile: join(FOLDER, 'dist/plugin.js'),
    hosts: [],
    memoryMb: undefined,
    isolation: 'plugin',
  };
}

/** What the watchdog reads of the thread, every time it looks. */
function watchHeap(): number[] {
  const samples: number[] = [];
  const original = Worker.prototype.getHeapStatistics;
  vi.spyOn(Worker.prototype, 'getHeapStatistics').mockImplementation(async function (
    this: Worker,
  ): ReturnType<Worker['getHeapStatistics']> {
    const heap = await original.call(this);
    samples.push((heap.used_heap_size + heap.external_memory) / MB);
    return heap;
  });
  return samples;
}

function highest(samples: readonly number[]): number {
  return samples.reduce((a, b) => Math.max(a, b), 0);
}

test.each(['cloud', 'dc'])(
  `${ISSUES} issues stream with flat memory on %s`,
  async (deployment) => {
    await using simulator = await startSimulator(join(FOLDER, 'simulator/main.ts'), [
      ...['--deployment', deployment, '--issues', String(ISSUES)],
    ]);
    const samples = watchHeap();
    const gateway = createGateway({ limits: defaultLimits.gateway, log: silentLog });
    await gateway.start();
    await using sandbox = testSandbox();
    const plugin = builtPlugin();
    const { columns = [], primaryKey = [] } = plugin.manifest.streams?.['issues'] ?? {};
    const run = runWork(
      sandbox,
      plugin,
      { kind: 'stream', id: 'issues', cursor: null, columns, primaryKey },
      {
        baseUrl: simulator.url,
        config: { baseUrl: simulator.url },
        deadline: 900_000,
        openGateway: () =>
          gateway.openRun(
            { runId: 'scale', plugin: 'jira' },
            {
              instanceId: 'test',
              revision: 1,
              baseUrl: simulator.url,
              hosts: [],
              credentials: { type: 'basic', username: 'reader@example.com', password: 'simulator-token' },
            },
          ),
      },
    );
    const ids = new Set<string>();
    /** How many samples there were when a tenth, two tenths, … of the issues had come. */
    const marks: number[] = [];
    let [rows, checkpoints] = [0, 0];
    const decoder = new TextDecoder();
    for (let chunk = await run.next(); chunk !== null; chunk = await run.next()) {
      if (chunk.op?.kind === 'checkpoint') checkpoints++;
      if (chunk.op !== undefined) continue;
      for (const line of decoder.decode(chunk.bytes).split('\n')) {
        const id = /^\{"id":(\d+)/.exec(line)?.[1];
        if (id !== undefined) ids.add(id);
      }
      rows += chunk.rows;
      while (ids.size >= (ISSUES / 10) * (marks.length + 1)) marks.push(samples.length);
    }
    const result = await run.result;
    await gateway.stop();
    expect(result.problem).toBeUndefined();
    expect(ids.size).toBe(ISSUES);
    // Beside those of the last minutes, which are read again.
    expect(rows - ISSUES).toBeLessThan(100);
    expect(checkpoints).toBeGreaterThan(ISSUES / 100);
    const early = highest(samples.slice(0, marks[2]));
    const late = highest(samples.slice(marks[6]));
    process.stdout.write(
      `${deployment}: ${rows} rows, heap and external memory of the thread at most ${early.toFixed(1)} MB in the first three tenths, ${late.toFixed(1)} MB in the last three, ${samples.length} samples\n`,
    );
    expect(samples.length).toBeGreaterThan(20);
    expect(late).toBeLessThan(early + 16);
    expect(late).toBeLessThan(defaultLimits.threadMemoryMb / 2);
  },
  1_000_000,
);
