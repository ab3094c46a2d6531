// One config through the plugin's code, in the sandbox: without secrets, without a way to any vendor, within a deadline.
import type { RunValue } from '@jackfield/sdk/runtime';
import { Problem } from '../../errors.ts';
import type { PluginVersion } from '../../kernel/index.ts';
import { closedGateway, newRunId, type Sandbox } from '../../sandbox/index.ts';
import { draftId } from '../view.ts';

export interface MigrationTask {
  /** Whose code it is: the newer of the two versions. */
  readonly plugin: PluginVersion;
  readonly from: number;
  readonly to: number;
  readonly instance: { readonly id: string; readonly name: string; readonly clientId: string | null };
  /** Without secrets. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: readonly string[];
  readonly deadline: number;
}

export type Migrated = NonNullable<RunValue['migrated']>;

/** @throws Problem that says what went wrong. */
export async function runMigration(sandbox: Pick<Sandbox, 'run'>, task: MigrationTask): Promise<Migrated> {
  const { plugin, from, to, instance, config, secrets, deadline } = task;
  const run = sandbox.run({
    runId: newRunId(),
    plugin,
    // A crash here says nothing about the instance as it is, which must not be paused for it.
    instance: { id: draftId(), name: instance.name },
    clientId: instance.clientId,
    revision: 0,
    config: structuredClone(config),
    client: {},
    baseUrl: null,
    work: { kind: 'migration', from, to, secrets },
    deadline,
    openGateway: () => closedGateway('a config migration may not call anything'),
    redact: (text) => text,
  });
  const { problem, migrated } = await run.result;
  if (problem !== undefined) {
    throw new Problem(problem.code, problem.message, { ...problem.options, instanceId: instance.id });
  }
  if (migrated === undefined) throw new Error('a config migration has ended without a config');
  return migrated;
}
