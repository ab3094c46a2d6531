// Starts work of a plugin for one instance: its config and gateway go in, its secrets stay out and are taken out of what it logs.
import type { RunTask } from '@jackfield/sdk/runtime';
import type { Clock } from '../clock.ts';
import { toProblem } from '../errors.ts';
import type { Gateway } from '../gateway/index.ts';
import type { Hooks, RunInfo } from '../kernel/index.ts';
import type { Log } from '../log.ts';
import { newRunId, type Sandbox, type SandboxRun } from '../sandbox/index.ts';
import type { ResolvedInstance } from './instances.ts';
import { createLiveRedactor } from './redactor.ts';

/** Loading a plugin and migrating its configs are no work for an instance: they come before it. */
export type InstanceWork = Exclude<RunTask['work'], { readonly kind: 'load' | 'migration' }>;

export interface Runner {
  /** @throws Problem when a `beforeRun` tap refuses, or the sandbox does. */
  start(instance: ResolvedInstance, work: InstanceWork, deadline: number): Promise<SandboxRun>;
}

export function createRunner(parts: {
  sandbox: Sandbox;
  gateway: Gateway;
  hooks: Hooks;
  clock: Clock;
  log: Log;
}): Runner {
  const { sandbox, gateway, hooks, clock, log } = parts;
  return {
    async start(instance, work, deadline) {
      const { view, plugin, connection } = instance;
      const info: RunInfo = {
        runId: newRunId(),
        plugin: plugin.manifest.name,
        version: plugin.manifest.version,
        instanceId: view.id,
        revision: view.revision,
        kind: work.kind === 'census' || work.kind === 'gone' ? 'stream' : work.kind,
        contribution: work.kind === 'check' ? '' : work.id,
      };
      const refusal = await hooks.beforeRun.promise(info);
      if (refusal !== undefined) throw toProblem(refusal);
      const redact = createLiveRedactor(instance.secrets, () => gateway.issuedTo(connection));
      const caller = { runId: info.runId, plugin: info.plugin, urgent: info.kind === 'check', redact };
      const startedAt = clock.now();
      const run = sandbox.run({
        runId: info.runId,
        plugin,
        instance: { id: view.id, name: view.name },
        clientId: view.clientId,
        revision: connection.revision,
        config: view.config,
        client: instance.client,
        baseUrl: connection.baseUrl,
        work,
        deadline,
        openGateway: () => gateway.openRun(caller, connection),
        redact,
      });
      void run.result
        .then(({ problem, rows, vendorCalls, vendorWaitMs }) =>
          hooks.afterRun.promise(info, {
            ok: problem === undefined,
            ...(problem ? { code: problem.code, detail: problem.message } : {}),
            ...(problem?.options.retryAfterMs === undefined ? {} : { retryAfterMs: problem.options.retryAfterMs }),
            rows,
            elapsedMs: clock.now() - startedAt,
            vendorCalls,
            vendorWaitMs,
          }),
        )
        .catch((error: unknown) => log.error({ ...info, err: error }, 'a tap of afterRun failed'));
      return run;
    },
  };
}
