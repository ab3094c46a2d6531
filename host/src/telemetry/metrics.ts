// What /metrics says, in Prometheus' format. Names of plugins, codes and routes are few; instances are counted apart and bounded.
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { isDraft } from '../instances/index.ts';
import type { CircuitEvent, HealthReport, Hooks } from '../kernel/index.ts';
import type { TelemetryLimits } from '../telemetry-limits.ts';
import { Batch } from './batch.ts';
import type { RequestWatcher } from './request-watcher.ts';
import { InstanceTallies, type Tally } from './instance-tally.ts';

export interface Metrics extends RequestWatcher {
  /** Media type of {@link text}. */
  readonly contentType: string;
  text(): Promise<string>;
}

export interface MetricsParts {
  readonly hooks: Hooks;
  readonly sandbox: { threads(): number };
  readonly plugins: {
    list(): readonly { readonly package: string; readonly version: string | null; readonly state: string }[];
  };
  readonly limits: TelemetryLimits;
}

/** From a cached answer to a long stream. */
const SECONDS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

interface Answered {
  readonly method: string;
  /** As it is declared. */
  readonly route: string;
  readonly status: string;
  readonly elapsedMs: number;
}

export function createMetrics(parts: MetricsParts): Metrics {
  const registry = new Registry();
  const registers = [registry];
  countRuns(parts, registers);
  showPlugins(parts, registers);
  const seconds = new Histogram({
    name: 'jackfield_http_request_duration_seconds',
    help: 'Time from a request to the last byte of its answer.',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers,
    collect: () => requests.flush(),
  });
  const requests = new Batch<Answered>(parts.limits.counted, ({ elapsedMs, ...labels }) =>
    seconds.observe(labels, elapsedMs / 1000),
  );
  return {
    contentType: registry.contentType,
    text: () => Registry.merge([registry, processRegistry()]).metrics(),
    watch(app) {
      app.addHook('onResponse', (request, reply, done) => {
        const route = request.is404 ? 'none' : (request.routeOptions.url ?? 'none');
        const { method } = request;
        requests.add({ method, route, status: String(reply.statusCode), elapsedMs: reply.elapsedTime });
        done();
      });
    },
    repeated({ request: { method = '' }, route, startedAt, endedAt }) {
      requests.add({ method, route, status: '200', elapsedMs: endedAt - startedAt });
    },
  };
}

function countRuns({ hooks, limits }: MetricsParts, registers: Registry[]): void {
  const runs = new Counter({
    name: 'jackfield_runs_total',
    help: 'Runs that have ended; outcome is ok or the code of their error.',
    labelNames: ['plugin', 'kind', 'outcome'],
    registers,
    collect: () => ended.flush(),
  });
  const seconds = new Histogram({
    name: 'jackfield_run_duration_seconds',
    help: 'Time from the start of a run to its end, with its wait for a thread.',
    labelNames: ['plugin', 'kind'],
    buckets: SECONDS,
    registers,
    collect: () => ended.flush(),
  });
  const ended = new Batch<{ plugin: string; kind: string; outcome: string; elapsedMs: number }>(
    limits.counted,
    ({ plugin, kind, outcome, elapsedMs }) => {
      runs.inc({ plugin, kind, outcome });
      seconds.observe({ plugin, kind }, elapsedMs / 1000);
    },
  );
  const tallies = new InstanceTallies(limits.instances);
  hooks.afterRun.tap('metrics', (run, report) => {
    const { plugin, kind } = run;
    const outcome = report.ok ? 'ok' : (report.code ?? 'internal');
    ended.add({ plugin, kind, outcome, elapsedMs: report.elapsedMs });
    // A config that is only tried out is no instance, and would push one out.
    if (!isDraft(run.instanceId)) tallies.add(run, report);
  });
  hooks.instance.tap('metrics', ({ kind, id }) => {
    if (kind === 'deleted') tallies.forget(id);
  });

  const perInstance = (name: string, help: string, series: (tally: Tally) => Record<string, number>): Counter =>
    new Counter({
      name: `jackfield_instance_${name}`,
      help,
      labelNames: ['plugin', 'instance', 'outcome'],
      registers,
      collect() {
        this.reset();
        for (const tally of tallies.all()) {
          const { plugin, instance } = tally;
          for (const [outcome, value] of Object.entries(series(tally)))
            this.inc({ plugin, instance, ...(outcome === '' ? {} : { outcome }) }, value);
        }
      },
    });
  perInstance('runs_total', 'Runs of an instance that have ended.', ({ ok, failed }) => ({ ok, failed }));
  perInstance('rows_total', 'Rows that its runs have read.', ({ rows }) => ({ '': rows }));
  perInstance('vendor_calls_total', 'Requests to its vendor, retries included.', ({ vendorCalls }) => ({
    '': vendorCalls,
  }));
  perInstance('vendor_wait_seconds_total', "Time in which its calls waited for the vendor's limits.", (tally) => ({
    '': tally.vendorWaitMs / 1000,
  }));
}

function showPlugins({ hooks, sandbox, plugins }: MetricsParts, registers: Registry[]): void {
  const paused = new Map<string, CircuitEvent>();
  hooks.circuit.tap('metrics', (event) => {
    const key = `${event.plugin}@${event.version}/${event.instanceId}`;
    if (event.pausedForMs === null) paused.delete(key);
    else paused.set(key, event);
  });
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    collect: (self: Gauge) => void | Promise<void>,
  ): Gauge =>
    new Gauge({
      name: `jackfield_${name}`,
      help,
      labelNames,
      registers,
      async collect() {
        this.reset();
        await collect(this);
      },
    });
  gauge('plugin_info', 'The plugins of this host; always 1.', ['package', 'version', 'state'], (self) => {
    for (const { package: name, version, state } of plugins.list())
      self.set({ package: name, version: version ?? '', state }, 1);
  });
  gauge(
    'paused',
    'Plugins that crash on an instance and are paused there; always 1.',
    ['plugin', 'instance'],
    (self) => {
      for (const { plugin, instanceId } of paused.values()) self.set({ plugin, instance: instanceId }, 1);
    },
  );
  gauge('sandbox_threads', 'Threads in which plugins run.', [], (self) => self.set(sandbox.threads()));
  gauge('ready', 'Whether the host can do its work, as /readyz says.', [], async (self) => {
    const report: HealthReport = { problems: [] };
    await hooks.health.promise(report);
    self.set(report.problems.length === 0 ? 1 : 0);
  });
}

let ofProcess: Registry | undefined;

/** Node's own figures. They start with the first scrape, once in a process: prom-client cannot end what it starts. */
function processRegistry(): Registry {
  if (ofProcess === undefined) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}
