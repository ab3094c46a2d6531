// One path of a host and one of the bare server beside it, asked in turn by the same client.
import { SIGNED_IN, startAlertHost } from './alert-host.ts';
import { cpuSeconds } from './cpu.ts';
import { load } from './load.ts';
import { startProgram } from './program.ts';
import { type Bench, inTurn, type Sample, type Samples } from './scenario.ts';

const CONNECTIONS = 16;
const WARM_UP = 2000;

interface Side {
  readonly url: string;
  readonly path: string;
  cpu(): Promise<number>;
}

export async function askInTurn(
  bench: Bench,
  paths: {
    readonly ours: string;
    readonly theirs: string;
    /** Requests that are not measured. */
    readonly warmUp?: number;
  },
): Promise<{ readonly jackfield: Samples; readonly baseline: Samples }> {
  const vendor = bench.stack.use(await startProgram('alert-vendor'));
  const [bare, host] = await Promise.all([startProgram('bare-fastify', vendor.url), startAlertHost(bench, vendor.url)]);
  bench.stack.use(bare);
  const jackfield = { url: host.url, path: paths.ours, cpu: () => host.cpu() };
  const baseline = { url: bare.url, path: paths.theirs, cpu: () => cpuSeconds([bare.pid]) };
  const ms = bench.quick ? 600 : 3000;
  const { warmUp = WARM_UP } = paths;
  const measure = async (side: Side, pair: number): Promise<Sample> => {
    const before = await side.cpu();
    // Code that is not compiled yet is not what is measured.
    const result = await load({
      ...side,
      headers: SIGNED_IN,
      connections: CONNECTIONS,
      ms,
      atLeast: pair < 0 ? warmUp : 0,
    });
    const cpu = ((await side.cpu()) - before) * 1000;
    if (result.errors > 0) throw new Error(`${side.path}: ${result.errors} of ${result.requests} were not answered`);
    return { perSecond: result.perSecond, p99: result.p99, cpu: cpu / result.requests, bytes: result.bytes };
  };
  return inTurn(
    bench.pairs,
    (pair) => measure(jackfield, pair),
    (pair) => measure(baseline, pair),
  );
}
