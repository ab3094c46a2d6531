// What a read of a stream has yielded, step by step and summed up.
import type { Cursor, Key, Scope } from '../define/stream.ts';
import type { BenchChunk } from './bench.ts';
import { rowsOf, type Finished, type RunFacts } from './run.ts';

type Row = Record<string, unknown>;

/** A step as a host gets it. */
export type StreamStep =
  | { readonly step: 'upsert'; readonly rows: readonly Row[] }
  | { readonly step: 'remove'; readonly keys: readonly Key[]; readonly reason: string | null }
  | { readonly step: 'present'; readonly keys: readonly Key[] }
  | { readonly step: 'checkpoint'; readonly cursor: Cursor }
  | { readonly step: 'complete'; readonly scope: Scope };

/** What a read has yielded. */
export interface StreamRead extends RunFacts {
  readonly steps: readonly StreamStep[];
  /** Every row that was yielded, in order; one that came twice is there twice. */
  readonly rows: readonly Row[];
  /** Keys of rows that are gone. */
  readonly removed: readonly Key[];
  /** Keys that a census has found. */
  readonly present: readonly Key[];
  /** Where the next read starts: the last checkpoint, or where this one started. */
  readonly cursor: Cursor;
  /** Scopes of which every row has been yielded. */
  readonly complete: readonly Scope[];
}

export function toStreamRead({ chunks, vendorCalls, log }: Finished, start: Cursor): StreamRead {
  const steps = chunks.map(stepOf);
  const of = <S extends StreamStep['step']>(kind: S) =>
    steps.filter((step): step is Extract<StreamStep, { step: S }> => step.step === kind);
  return {
    steps,
    rows: of('upsert').flatMap(({ rows }) => rows),
    removed: of('remove').flatMap(({ keys }) => keys),
    present: of('present').flatMap(({ keys }) => keys),
    cursor: of('checkpoint').at(-1)?.cursor ?? start,
    complete: of('complete').map(({ scope }) => scope),
    vendorCalls,
    log,
  };
}

function stepOf(chunk: BenchChunk): StreamStep {
  const { op } = chunk;
  switch (op?.kind) {
    case undefined:
      return { step: 'upsert', rows: rowsOf([chunk]) };
    case 'remove':
      return { step: 'remove', keys: rowsOf([chunk]), reason: op.reason };
    case 'present':
      return { step: 'present', keys: rowsOf([chunk]) };
    case 'checkpoint':
      return { step: 'checkpoint', cursor: op.cursor };
    case 'complete':
      return { step: 'complete', scope: op.scope };
  }
}
