// What a version has to show before it becomes the wanted one: its bundle loads in the sandbox and has what plugin.json says, every
// instance's config can go along, and no instance that works fails its check. Nothing here is seen by anybody else.
import type { PluginManifest, Problem as ProblemDocument } from '@jackfield/schemas';
import type { Inventory } from '@jackfield/sdk/runtime';
import pLimit from 'p-limit';
import { Problem, toProblem } from '../errors.ts';
import { testConnection } from '../health/index.ts';
import type { ConfigMigrations, ResolvedInstance, Runner } from '../instances/index.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import { closedGateway, newRunId, type Sandbox } from '../sandbox/index.ts';
import type { Store } from '../store/index.ts';
import type { InstanceReport } from './change-view.ts';
import { readHealthy } from './healthy-instances.ts';

export type Step = 'verify' | 'load' | 'migrate' | 'check' | 'flip';

export interface CanaryParts {
  readonly sandbox: Pick<Sandbox, 'run' | 'retire' | 'admit'>;
  readonly runner: Runner;
  readonly migrations: ConfigMigrations;
  readonly store: Pick<Store, 'db'>;
  readonly limits: Limits;
}

export interface Trial {
  readonly from: PluginVersion | undefined;
  readonly to: PluginVersion;
  /** Ask the vendors. Without it only what the host can know is checked. */
  readonly checks: boolean;
  readonly signal: AbortSignal;
  readonly onStep: (step: Step) => Promise<void>;
}

/** Why it must not become active. What is known of each instance goes with it. */
export class Refused extends Error {
  readonly instances: readonly InstanceReport[];

  constructor(reason: string, instances: readonly InstanceReport[] = []) {
    super(reason);
    this.name = 'Refused';
    this.instances = instances;
  }
}

/** @throws Refused */
export async function tryOut(parts: CanaryParts, trial: Trial): Promise<readonly InstanceReport[]> {
  // One that was active before, or tried out: runs of a version that has left are given a thread each.
  parts.sandbox.admit(trial.to);
  try {
    return await tryAll(parts, trial);
  } catch (error) {
    // Its threads are for nothing then.
    if (trial.from !== trial.to) parts.sandbox.retire(trial.to, 0);
    throw error;
  }
}

async function tryAll(parts: CanaryParts, trial: Trial): Promise<readonly InstanceReport[]> {
  const { from, to, signal, onStep } = trial;
  await onStep('load');
  await load(parts, to, signal);
  await onStep('migrate');
  const migrated = await parts.migrations.dryRun({ from, to });
  signal.throwIfAborted();
  const reports = migrated.instances.map(
    ({ instanceId, name, enabled, outcome, changes, problem }): InstanceReport => ({
      ...{ instanceId, name, enabled, config: outcome, changes, check: 'not_run' },
      ...(outcome === 'failed' ? { reason: reasonOf(problem) } : {}),
    }),
  );
  const stuck = reports.filter(({ config }) => config === 'failed');
  if (stuck.length > 0) {
    throw new Refused(`the config of ${counted(stuck, reports)} cannot go along: ${first(stuck)}`, reports);
  }
  if (!trial.checks || !to.manifest.check) return reports;
  await onStep('check');
  return checkAll(parts, trial, reports);
}

async function load({ sandbox, limits }: CanaryParts, plugin: PluginVersion, signal: AbortSignal): Promise<void> {
  const run = sandbox.run({
    runId: newRunId(),
    plugin,
    instance: { id: `draft:${newRunId()}`, name: plugin.manifest.displayName },
    clientId: null,
    revision: 0,
    config: {},
    client: {},
    baseUrl: null,
    work: { kind: 'load' },
    deadline: limits.pluginLoad,
    openGateway: () => closedGateway('a bundle may not call anything while it is loaded'),
    redact: (text) => text,
  });
  const stop = (): void => run.cancel('the host is stopping');
  signal.addEventListener('abort', stop, { once: true });
  const { problem, inventory } = await run.result;
  signal.removeEventListener('abort', stop);
  signal.throwIfAborted();
  if (problem !== undefined) throw new Refused(`it does not load: ${problem.message}`);
  const missing = inventory === undefined ? 'everything' : missingIn(inventory, plugin.manifest);
  if (missing !== undefined) throw new Refused(`its bundle is not the one of its plugin.json: it lacks ${missing}`);
}

function missingIn(inventory: Inventory, manifest: PluginManifest): string | undefined {
  const { check, queries, streams = {}, routes = {}, jobs = {} } = manifest;
  if (check && !inventory.check) return 'the check';
  for (const [kind, declared] of Object.entries({ queries, streams, routes, jobs })) {
    const there: readonly string[] = inventory[kind as 'queries'];
    const lost = Object.keys(declared).find((id) => !there.includes(id));
    if (lost !== undefined) return `${kind} "${lost}"`;
  }
  return undefined;
}

async function checkAll(
  parts: CanaryParts,
  { from, to, signal }: Trial,
  reports: readonly InstanceReport[],
): Promise<readonly InstanceReport[]> {
  const limit = pLimit(parts.limits.health.perHost);
  const wasWell = await readHealthy(parts.store.db, to.manifest.name);
  const checked = await limit.map(reports, async (report): Promise<InstanceReport> => {
    if (!report.enabled || report.config === 'left') return report;
    signal.throwIfAborted();
    const failure = await failureOf(parts, await trialOf(parts, report.instanceId, { from, to }), signal);
    if (failure === undefined) return { ...report, check: 'passed' };
    const reason = failure.message;
    if (!wasWell.has(report.instanceId)) return { ...report, check: 'failed_before', reason };
    // The vendor may have gone away since its last check: then the version is not to blame.
    const before =
      from && (await failureOf(parts, await trialOf(parts, report.instanceId, { from, to: from }), signal));
    return { ...report, check: before === undefined ? 'failed' : 'failed_before', reason };
  });
  signal.throwIfAborted();
  const failed = checked.filter(({ check }) => check === 'failed');
  if (failed.length === 0) return checked;
  throw new Refused(
    `the check of ${counted(failed, checked)} fails, and passes with the version before: ${first(failed)}`,
    checked,
  );
}

async function trialOf(
  { migrations }: CanaryParts,
  instanceId: string,
  versions: { from: PluginVersion | undefined; to: PluginVersion },
): Promise<ResolvedInstance | Problem> {
  return migrations.trial(instanceId, versions).catch(toProblem);
}

async function failureOf(
  parts: CanaryParts,
  instance: ResolvedInstance | Problem,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  if (instance instanceof Problem) return instance;
  return testConnection(parts, instance, signal).then(({ problem }) => problem, toProblem);
}

function reasonOf(problem: ProblemDocument | undefined): string {
  const faults = (problem?.errors ?? []).map(({ pointer, message }) => `${pointer} ${message}`);
  return [problem?.detail ?? 'for a reason that is not known', ...faults].join('; ');
}

function counted(some: readonly unknown[], all: readonly unknown[]): string {
  return `${some.length} of ${all.length} instances`;
}

function first(reports: readonly InstanceReport[]): string {
  const [report] = reports;
  return `instance "${report?.instanceId}": ${report?.reason}`;
}
