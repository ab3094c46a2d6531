// A host of a scenario's own on PostgreSQL, ended when the scenario is over.
import { type HostProcess, type HostProcessOptions, startHostProcess } from '../../support/host-process.ts';
import { backendsOf } from './backends.ts';
import { cpuSeconds } from './cpu.ts';
import type { Bench } from './scenario.ts';

export interface MeasuredHost extends HostProcess {
  readonly databaseUrl: string;
  /** Seconds of processor time, that of PostgreSQL for its database included. */
  cpu(): Promise<number>;
  /** @throws when it is refused. */
  send(method: string, path: string, body: object): Promise<void>;
}

export async function startMeasuredHost(
  bench: Pick<Bench, 'stack' | 'makeFolder' | 'createDatabase' | 'hostArguments'>,
  options: HostProcessOptions & { readonly databaseUrl?: string; readonly dataFolder?: string },
): Promise<MeasuredHost> {
  const databaseUrl = options.databaseUrl ?? (await bench.createDatabase());
  const dataFolder = options.dataFolder ?? (await bench.makeFolder());
  const place = { dataFolder, databaseUrl, [Symbol.asyncDispose]: async () => undefined };
  const host = await startHostProcess(place, { logLevel: 'info', ...options, nodeArguments: bench.hostArguments });
  bench.stack.defer(() => stopHost(host));
  const backends = bench.stack.use(await backendsOf(databaseUrl));
  return Object.assign(host, {
    databaseUrl,
    cpu: async () => (await cpuSeconds([host.pid])) + (await backends.cpu()),
    async send(method: string, path: string, body: object) {
      const answer = await host.api.call(method, path, body);
      if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer.body)}`);
    },
  });
}

/** By itself, so that it writes its profile if it was asked for one. May be called twice. */
export async function stopHost(host: HostProcess): Promise<void> {
  host.child.kill('SIGTERM');
  await host.exited;
}
