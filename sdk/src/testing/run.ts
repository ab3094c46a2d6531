// Runs one thing on a bench and gathers what comes of it.
import type { Column } from '@jackfield/schemas';
import type { BundleCode } from '../build/bundle-code.ts';
import type { Work } from '../runtime/protocol.ts';
import type { BenchChunk, BenchInstance, BenchLog, BenchResult } from './bench.ts';
import { misspellingError, type Subject, toPluginError } from './plugin-error.ts';

/** What every run tells of itself. */
export interface RunFacts {
  /** Requests that reached the vendor, retries included. */
  readonly vendorCalls: number;
  readonly log: readonly BenchLog[];
}

export interface Finished extends RunFacts {
  readonly chunks: readonly BenchChunk[];
  readonly columns: readonly Column[] | undefined;
  readonly result: BenchResult;
}

export interface Running {
  /** @throws PluginError */
  readonly finished: Promise<Finished>;
  cancel(): void;
}

/** Where a run's log lines go as they come. */
export type LogTap = (tap: (entry: BenchLog) => void) => Disposable;

export async function startRun(
  instance: BenchInstance,
  work: Work,
  parts: {
    readonly subject: Subject;
    readonly code: BundleCode;
    readonly tapLog: LogTap;
    readonly onChunk?: () => void;
  },
): Promise<Running> {
  const { subject, code, tapLog, onChunk } = parts;
  // Of all runs: some lines come before it is known which run this is.
  const lines: BenchLog[] = [];
  const tap = tapLog((entry) => lines.push(entry));
  const end = (runId: string | undefined): BenchLog[] => {
    tap[Symbol.dispose]();
    return lines.filter((entry) => entry.runId === runId);
  };
  const run = await instance.run(work).catch((error: unknown) => {
    throw toPluginError(error, subject, code, end(undefined));
  });
  const gather = async (): Promise<Finished> => {
    const chunks: BenchChunk[] = [];
    for (let chunk = await run.next(); chunk !== null; chunk = await run.next()) {
      chunks.push(chunk);
      onChunk?.();
    }
    const result = await run.result;
    const log = end(run.runId);
    const misspelling = misspellingError(code, log);
    if (misspelling !== undefined) throw misspelling;
    if (result.problem !== undefined) throw toPluginError(result.problem, subject, code, log);
    return { chunks, columns: run.columns, result, vendorCalls: result.vendorCalls, log };
  };
  return { finished: gather(), cancel: () => run.cancel('the test has cancelled it') };
}

export function rowsOf(chunks: readonly Pick<BenchChunk, 'bytes' | 'items'>[]): Record<string, unknown>[] {
  return chunks.flatMap(({ bytes, items }) => {
    const text = new TextDecoder().decode(bytes);
    const list = items ? text.slice(1) : text.trimEnd().replaceAll('\n', ',');
    return JSON.parse(`[${list}]`) as Record<string, unknown>[];
  });
}
