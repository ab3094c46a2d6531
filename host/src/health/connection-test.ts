// One test of a connection, whoever wants it.
import type { ResolvedInstance, Runner } from '../instances/index.ts';
import { tlsWarning } from '../instances/index.ts';
import { Problem } from '../errors.ts';
import type { Limits } from '../limits.ts';
import { type Expiry, hostExpiries, pluginExpiries } from './expiries.ts';

export interface CheckReport {
  readonly ok: boolean;
  /** What the plugin found, or what failed. */
  readonly message: string;
  readonly elapsedMs: number;
  readonly vendorCalls: number;
  /** What should be changed about the connection although it works. */
  readonly warnings?: readonly string[];
  /** What expires, and when: said only when there is something. */
  readonly expires?: readonly Expiry[];
  /** Why it failed. */
  readonly problem?: ReturnType<Problem['toDocument']>;
}

export interface ConnectionTest {
  readonly report: CheckReport;
  readonly problem: Problem | undefined;
  readonly expires: Expiries;
}

export interface Expiries {
  readonly ofHost: readonly Expiry[];
  /** Undefined: the plugin could not find out. */
  readonly ofPlugin: readonly Expiry[] | undefined;
}

/** @throws Problem when it cannot be started. */
export async function testConnection(
  { runner, limits }: { readonly runner: Runner; readonly limits: Limits },
  instance: ResolvedInstance,
  signal?: AbortSignal,
): Promise<ConnectionTest> {
  const { manifest } = instance.plugin;
  if (!manifest.check) {
    throw new Problem('not_found', `plugin "${manifest.name}" has no check`, {
      next: 'Run one of its queries instead.',
    });
  }
  const startedAt = performance.now();
  const run = await runner.start(instance, { kind: 'check' }, limits.checkDeadline);
  const cancel = (): void => run.cancel('the host is stopping');
  if (signal?.aborted) cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const result = await run.result;
  signal?.removeEventListener('abort', cancel);
  const { check: found, problem, vendorCalls } = result;
  const elapsedMs = Math.round(performance.now() - startedAt);
  const warning = tlsWarning(instance.connection.tls);
  const about = { elapsedMs, vendorCalls, ...(warning === undefined ? {} : { warnings: [warning] }) };
  if (problem !== undefined) {
    const report = { ok: false, message: problem.message, ...about, problem: problem.toDocument() };
    return { problem, report, expires: { ofHost: [], ofPlugin: undefined } };
  }
  const ofHost = hostExpiries(result, instance.connection);
  const ofPlugin = pluginExpiries(result);
  const expires = [...ofHost, ...(ofPlugin ?? [])];
  return {
    problem,
    expires: { ofHost, ofPlugin },
    report: { ok: true, message: found?.message ?? '', ...about, ...(expires.length === 0 ? {} : { expires }) },
  };
}
