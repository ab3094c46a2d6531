import { buildTestPlugin } from '../../support/plugins.ts';
import { SIGNED_IN, startAlertHost } from '../support/alert-host.ts';
import { load } from '../support/load.ts';
import { startProgram } from '../support/program.ts';
import { inTurn, type Sample, type Scenario } from '../support/scenario.ts';

/**
 * What a plugin does that hurts, and what whoever asked for it is told. One after the other: in one thread they would keep each other from it.
 * Nobody waits longer than {@link PATIENCE} for one that spins, and a run whose reader has gone is ended.
 */
const HARMS = {
  spin: { body: 'for (;;);', told: 'nothing' },
  flood: {
    body: 'for (const held = []; ; ) held.push(new Array(100_000).fill(held.length));',
    told: 'plugin_out_of_memory',
  },
  crash: { body: 'process.exit(1);', told: 'plugin_crashed' },
} as const;
const PATIENCE = 1000;
/** Three crashes of one in five minutes and it is paused: each is asked once or twice. */
const VICTIMS = { quick: 30, full: 90 };
/** Answers of a side at least, so that its p99 has ten beyond it. */
const ANSWERS = 1000;

export default {
  work: 'a healthy plugin asked over four connections while another spins, floods its memory and ends its thread, in turn and without a pause',
  baseline: 'the same while the other is silent',
  async run(bench) {
    const vendor = bench.stack.use(await startProgram('alert-vendor'));
    const hostile = bench.stack.use(await buildTestPlugin(hostileSource(), { name: 'hostile' }));
    const host = await startAlertHost(bench, vendor.url, [hostile]);
    const victims = VICTIMS[bench.quick ? 'quick' : 'full'];
    const made = Array.from({ length: victims }, (_, n) =>
      host.send('POST', '/api/instances', { id: `victim-${n}`, plugin: 'hostile', name: 'Victim', config: {} }),
    );
    await Promise.all(made);
    let asked = 0;
    /** @throws when it did not do what it is for. */
    const harm = async (kind: keyof typeof HARMS, over: AbortSignal): Promise<void> => {
      const url = `${host.url}/api/instances/victim-${asked++ % victims}/queries/${kind}`;
      const signal = kind === 'spin' ? AbortSignal.any([over, AbortSignal.timeout(PATIENCE)]) : null;
      const told = await fetch(url, { headers: SIGNED_IN, signal })
        .then(async (answer) => ((await answer.json()) as { code?: string }).code)
        .catch((error: unknown) => {
          if (signal?.aborted !== true) throw error;
          return 'nothing';
        });
      if (told !== HARMS[kind].told) throw new Error(`the neighbour was to ${kind}, and who asked was told ${told}`);
    };
    const ms = bench.quick ? 1400 : 5000;
    const healthy = async (pair: number, goesOn?: () => boolean): Promise<Sample> => {
      const path = '/api/instances/acme/queries/alerts';
      const much = pair < 0 ? { ms: ms / 2, atLeast: ANSWERS / 2 } : { ms, atLeast: ANSWERS };
      const options = { url: host.url, path, headers: SIGNED_IN, connections: 4, ...much };
      const result = await load({ ...options, ...(goesOn === undefined ? {} : { goesOn }) });
      if (result.errors > 0) throw new Error(`${result.errors} of ${result.requests} were not answered`);
      return { p99: result.p99, p50: result.p50 };
    };
    const { jackfield, baseline } = await inTurn(
      bench.pairs,
      async (pair) => {
        const over = new AbortController();
        let rounds = 0;
        const going = (async () => {
          for (; !over.signal.aborted; rounds += 1)
            for (const kind of ['spin', 'flood', 'crash'] as const)
              if (!over.signal.aborted) await harm(kind, over.signal);
        })();
        const sample = healthy(pair, () => rounds === 0 && pair >= 0);
        // Whichever fails first is what is told.
        await Promise.race([sample, going]);
        over.abort();
        await going;
        return await sample;
      },
      healthy,
    );
    bench.add({
      ...{ what: 'p99', unit: 'ms', jackfield: jackfield('p99'), baseline: baseline('p99') },
      goal: { of: 'ratio', is: 'at most', limit: 1.5 },
    });
    bench.add({ what: 'median', unit: 'ms', jackfield: jackfield('p50'), baseline: baseline('p50') });
  },
} satisfies Scenario;

function hostileSource(): string {
  const queries = Object.entries(HARMS).map(
    ([id, { body }]) =>
      `${id}: query({ title: '${id}', params: { type: 'object', properties: {} }, columns: { n: { type: 'integer' } }, async *rows() { ${body} } })`,
  );
  return `
    import { definePlugin, query } from '@jackfield/sdk';
    export default definePlugin({
      name: 'hostile',
      displayName: 'Hostile',
      config: { type: 'object', properties: { baseUrl: { type: 'string' } } },
      async check() { return { message: 'fine' }; },
      queries: { ${queries.join(', ')} },
    });`;
}
