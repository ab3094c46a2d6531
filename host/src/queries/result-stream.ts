// A result on its way to one reader, from the cache or from a run in flight.
import type { Column, QueryResult } from '@jackfield/schemas';
import type { Problem } from '../errors.ts';
import type { CachedResult } from './cache.ts';
import type { Format } from './formats.ts';
import type { Flight, FlightReader, RowChunk } from './flight.ts';

export type Meta = NonNullable<QueryResult['meta']>;

/** An answer that is ready in this format, while it holds. */
export type Current = (format: Format) => Buffer | undefined;

/** A result on its way to one reader. */
export interface ResultStream {
  readonly columns: readonly Column[];
  /** The columns grow while rows are read, and are all there at the end. */
  readonly columnsFollow?: boolean;
  /** When the vendor was asked, in milliseconds since the epoch. */
  readonly asOf: number;
  readonly stale?: Meta['stale'];
  /** Set when the same answer has been given before, and may be given again as it is: whole ones by their format. */
  readonly ready?: Map<Format, Buffer> | undefined;
  /** Set when the next who asks the same may be answered the same. It refers to nothing large. */
  readonly current?: Current | undefined;
  /** The next rows, or null at the end. */
  next(): Promise<RowChunk | null>;
  /** After the last chunk: what is known of the whole, or why it broke off. */
  end(): Promise<{ readonly meta: Meta } | { readonly problem: Problem }>;
}

export function fromCache(
  cached: CachedResult,
  { stale, current }: { readonly stale?: Meta['stale']; readonly current?: Current } = {},
): ResultStream {
  let position = 0;
  const { rows, elapsedMs, vendorCalls, ready } = cached;
  return {
    columns: cached.columns,
    asOf: cached.asOf,
    ...(stale ? { stale } : { ready, current }),
    next: async () => cached.chunks[position++] ?? null,
    end: async () => ({ meta: metaOf(cached.asOf, rows, elapsedMs, vendorCalls, stale) }),
  };
}

export function fromFlight(
  flight: Flight,
  reader: FlightReader,
  first: RowChunk | null,
  columns: readonly Column[],
): ResultStream {
  let pending: RowChunk | null | undefined = first;
  return {
    columns,
    asOf: flight.startedAt,
    next: async () => {
      if (pending === undefined) return reader.next();
      const chunk = pending;
      pending = undefined;
      return chunk;
    },
    end: async () => {
      const { problem, rows, vendorCalls } = await reader.result();
      return problem ? { problem } : { meta: metaOf(flight.startedAt, rows, flight.elapsedMs, vendorCalls) };
    },
  };
}

function metaOf(asOf: number, rowCount: number, elapsedMs: number, vendorCalls: number, stale?: Meta['stale']): Meta {
  return {
    rowCount,
    asOf: new Date(asOf).toISOString(),
    ...(stale ? { stale } : {}),
    elapsedMs: Math.round(elapsedMs),
    vendorCalls,
  };
}
