// Runs a plugin's query in a real sandbox, with a gateway port that nobody answers unless the test gives one.
import { MessageChannel } from 'node:worker_threads';
import { systemClock } from '../../host/src/clock.ts';
import type { RunTask } from '@jackfield/sdk/runtime';
import { itemLines } from '../../host/src/queries/formats.ts';
import type { PluginVersion } from '../../host/src/kernel/index.ts';
import { defaultLimits, type Limits } from '../../host/src/limits.ts';
import type { Log } from '../../host/src/log.ts';
import { silentLog } from './log.ts';
import {
  createSandbox,
  newRunId,
  type RunGateway,
  type RunResult,
  type Sandbox,
  type SandboxRun,
} from '../../host/src/sandbox/index.ts';

export function testSandbox(limits: Partial<Limits> = {}, log: Log = silentLog): Sandbox & AsyncDisposable {
  const sandbox = createSandbox({ limits: { ...defaultLimits, ...limits }, clock: systemClock, log });
  return Object.assign(sandbox, { [Symbol.asyncDispose]: () => sandbox.stop() });
}

export interface QueryOptions {
  readonly instance?: string;
  /** Whose the instance is. */
  readonly client?: string;
  readonly revision?: number;
  readonly params?: Record<string, unknown>;
  readonly deadline?: number;
  readonly encoding?: 'json' | 'csv';
  readonly config?: Record<string, unknown>;
  readonly baseUrl?: string;
  readonly openGateway?: () => RunGateway;
}

export function runQuery(sandbox: Sandbox, plugin: PluginVersion, options: QueryOptions = {}): SandboxRun {
  const columns = plugin.manifest.queries['q']?.columns ?? [];
  const { params = {}, encoding = 'json' } = options;
  return runWork(sandbox, plugin, { kind: 'query', id: 'q', params, columns, encoding }, options);
}

/** Any work of the plugin. */
export function runWork(
  sandbox: Sandbox,
  plugin: PluginVersion,
  work: RunTask['work'],
  options: Omit<QueryOptions, 'params' | 'encoding'> = {},
): SandboxRun {
  const id = options.instance ?? 'test';
  return sandbox.run({
    runId: newRunId(),
    plugin,
    instance: { id, name: id },
    clientId: options.client ?? null,
    revision: options.revision ?? 1,
    config: options.config ?? {},
    client: {},
    baseUrl: options.baseUrl ?? null,
    work,
    deadline: options.deadline ?? 5000,
    openGateway: options.openGateway ?? deadGateway,
    redact: (text) => text,
  });
}

function deadGateway(): RunGateway {
  const { port1, port2 } = new MessageChannel();
  return { port: port2, vendorCalls: () => 0, waitedMs: () => 0, close: () => port1.close() };
}

/** Reads a run to its end: rows of JSON as lines. */
export async function readRun(run: SandboxRun): Promise<{ text: string; chunks: number } & RunResult> {
  const decoder = new TextDecoder();
  let text = '';
  let chunks = 0;
  for (let chunk = await run.next(); chunk !== null; chunk = await run.next()) {
    text += decoder.decode(chunk.items ? itemLines(chunk.bytes) : chunk.bytes);
    chunks += 1;
  }
  return { text, chunks, ...(await run.result) };
}
