// What `jackfield sync` asks a host, and what it says of it in words.
import { CATALOGUE, isErrorCode } from '../errors.ts';
import type { RunView, SyncJobView } from '../sync/index.ts';
import type { Ask } from './api-client.ts';
import { CommandError } from './command-error.ts';

/** As JSON carries them. */
export type Job = SyncJobView;
export interface Run extends Omit<RunView, 'counts' | 'error'> {
  readonly counts: Readonly<Record<string, number | string | undefined>>;
  readonly error: { readonly code: string; readonly detail: string; readonly next?: string } | null;
}

export interface Cursor {
  readonly id: number;
  readonly cursor: unknown;
  readonly act: string;
  readonly actor: string | null;
  readonly at: string;
}

const pathOf = (instance: string): string => `/api/instances/${encodeURIComponent(instance)}/sync-jobs`;
const streamPathOf = (instance: string, stream: string): string => `${pathOf(instance)}/${encodeURIComponent(stream)}`;

export async function readJobs(ask: Ask, instance: string): Promise<readonly Job[]> {
  return (await ask<{ jobs: Job[] }>('GET', pathOf(instance))).jobs;
}

export async function readInstances(ask: Ask): Promise<readonly string[]> {
  return (await ask<{ instances: { id: string }[] }>('GET', '/api/instances')).instances.map(({ id }) => id);
}

export async function readCursors(
  ask: Ask,
  instance: string,
  stream: string,
  limit: number,
): Promise<readonly Cursor[]> {
  const path = `${streamPathOf(instance, stream)}/cursors?limit=${limit}`;
  return (await ask<{ cursors: Cursor[] }>('GET', path)).cursors;
}

export async function startRun(ask: Ask, instance: string, stream: string, kind: Job['kind']): Promise<string> {
  return (await ask<{ runId: string }>('POST', `${streamPathOf(instance, stream)}/run?kind=${kind}`)).runId;
}

export function readRun(ask: Ask, id: string): Promise<Run> {
  return ask('GET', `/api/runs/${id}`);
}

export async function cancelRun(ask: Ask, id: string): Promise<void> {
  await ask('POST', `/api/runs/${id}/cancel`);
}

export async function rewind(ask: Ask, instance: string, stream: string, cursor: number | null): Promise<void> {
  await ask('POST', `${streamPathOf(instance, stream)}/rewind`, { cursor });
}

/** What a person can do about an error of a run or a pause. */
export function nextStepOf(code: string): string {
  return isErrorCode(code) ? CATALOGUE[code].next : 'Read the log of the host.';
}

/** The streams of the instance that are named, or all of them. @throws CommandError for one that it does not have. */
export function chooseStreams(
  instance: string,
  jobs: readonly Job[],
  kind: Job['kind'],
  wanted: readonly string[],
): string[] {
  const known = jobs.filter((job) => job.kind === kind).map(({ stream }) => stream);
  const unknown = wanted.find((stream) => !known.includes(stream));
  const what = kind === 'census' ? 'census' : 'stream';
  if (unknown !== undefined) {
    const there = known.length === 0 ? 'It has none.' : `It has ${known.join(', ')}.`;
    throw new CommandError(`instance "${instance}" has no ${what} "${unknown}"`, there);
  }
  if (known.length === 0) {
    throw new CommandError(`instance "${instance}" has no ${what}`, 'Its plugin has to declare one.');
  }
  return wanted.length === 0 ? known : [...wanted];
}
