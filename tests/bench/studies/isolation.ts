// What each kind of isolation costs, side by side in the real sandbox: `npm run bench -- isolation`.
import type { Isolation } from '../../../host/src/kernel/index.ts';
import { buildTestPlugin, queryPlugin } from '../../support/plugins.ts';
import { readRun, runQuery, testSandbox } from '../../support/sandbox.ts';

const KINDS: readonly Isolation[] = ['plugin', 'client', 'process'];
const CLIENTS = 4;
const SMALL_RUNS = 2000;
const AT_ONCE = 16;
const ROWS = 400_000;
const ROUNDS = 5;

await using plugin = await buildTestPlugin(
  queryPlugin(`const pad = 'x'.repeat(90); for (let n = 0; n < params.n; n++) yield { n, pad };`, {
    columns: `{ n: { type: 'integer' }, pad: { type: 'string' } }`,
  }),
);

const figures = new Map(
  KINDS.map((kind) => [kind, { cold: [] as number[], small: [] as number[], rows: [] as number[] }]),
);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const isolation of KINDS) {
    await using sandbox = testSandbox();
    const version = { ...plugin.version, isolation };
    const ask = async (n: number, client = 0): Promise<void> => {
      const options = { client: `c${client}`, instance: `i${client}`, params: { n }, deadline: 60_000 };
      const { problem } = await readRun(runQuery(sandbox, version, options));
      if (problem) throw problem;
    };
    const of = figures.get(isolation);
    of?.cold.push(await time(() => ask(1)));
    for (let client = 0; client < CLIENTS; client += 1) await ask(1, client);
    of?.small.push(
      await time(async () => {
        const worker = async (first: number): Promise<void> => {
          for (let run = first; run < SMALL_RUNS; run += AT_ONCE) await ask(10, run % CLIENTS);
        };
        await Promise.all(Array.from({ length: AT_ONCE }, (_, first) => worker(first)));
      }),
    );
    of?.rows.push(await time(() => ask(ROWS)));
  }
}

const base = figures.get('plugin');
for (const [kind, { cold, small, rows }] of figures) {
  const ratio = (own: number[], other: number[] | undefined): string => (median(own) / median(other ?? own)).toFixed(2);
  process.stdout.write(
    [
      kind.padEnd(8),
      `first run ${median(cold).toFixed(0)} ms (${ratio(cold, base?.cold)})`,
      `${((SMALL_RUNS / median(small)) * 1000).toFixed(0)} runs of 10 rows/s (time ${ratio(small, base?.small)})`,
      `${((ROWS / median(rows)) * 1000).toFixed(0)} rows of 110 bytes/s (time ${ratio(rows, base?.rows)})`,
    ].join('  ') + '\n',
  );
}

async function time(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
