// The test of a connection: of a saved instance, or of config that is not saved yet.
import { Problem } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Instances, ResolvedInstance } from './instances.ts';
import type { Runner } from './runner.ts';
import { tlsWarning } from './tls-config.ts';

export interface CheckReport {
  readonly ok: boolean;
  /** What the plugin found, or what failed. */
  readonly message: string;
  readonly elapsedMs: number;
  readonly vendorCalls: number;
  /** What should be changed about the connection although it works. */
  readonly warnings?: readonly string[];
  /** Why it failed. */
  readonly problem?: ReturnType<Problem['toDocument']>;
}

export interface Checks {
  saved(instanceId: string): Promise<CheckReport>;
  /** Nothing of the draft is kept. */
  draft(input: unknown): Promise<CheckReport>;
}

export function createChecks(parts: { instances: Instances; runner: Runner; limits: Limits }): Checks {
  const { instances, runner, limits } = parts;

  async function check(instance: ResolvedInstance): Promise<CheckReport> {
    const { manifest } = instance.plugin;
    if (!manifest.check) {
      throw new Problem('not_found', `plugin "${manifest.name}" has no check`, {
        next: 'Run one of its queries instead.',
      });
    }
    const startedAt = performance.now();
    const run = await runner.start(instance, { kind: 'check' }, limits.checkDeadline);
    const { check: found, problem, vendorCalls } = await run.result;
    const elapsedMs = Math.round(performance.now() - startedAt);
    const warning = tlsWarning(instance.connection.tls);
    const report = { elapsedMs, vendorCalls, ...(warning === undefined ? {} : { warnings: [warning] }) };
    if (problem !== undefined) {
      return { ok: false, message: problem.message, ...report, problem: problem.toDocument() };
    }
    return { ok: true, message: found?.message ?? '', ...report };
  }

  return {
    saved: async (instanceId) => check(await instances.resolve(instanceId)),
    draft: async (input) => check(await instances.draft(input)),
  };
}
