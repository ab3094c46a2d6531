// Finished results, and the flights that may become one. A result is served as it is while its query's TTL lasts; after that it
// is kept as a fallback for when the vendor fails.
import type { Column } from '@jackfield/schemas';
import { LRUCache } from 'lru-cache';
import type { Limits } from '../limits.ts';
import type { Chunk } from '../sandbox/index.ts';
import type { Flight } from './flight.ts';
import type { Format } from './formats.ts';

export interface CachedResult {
  /** No other result of this process has the same: time goes by in whole milliseconds. */
  readonly serial: number;
  readonly instanceId: string;
  readonly columns: readonly Column[];
  readonly chunks: readonly Chunk[];
  readonly bytes: number;
  readonly rows: number;
  readonly asOf: number;
  readonly elapsedMs: number;
  readonly vendorCalls: number;
  /** Whole answers by their format, made when they are first asked for. Undefined of a large result, which is made anew each time. */
  readonly ready: Map<Format, Buffer> | undefined;
}

export class QueryCache {
  readonly flights: Map<string, Promise<Flight>> = new Map();
  readonly #results: LRUCache<string, CachedResult>;

  constructor(limits: Limits['cache']) {
    this.#results = new LRUCache({
      maxSize: limits.totalBytes,
      // Keys and objects cost memory too, and an empty result must not be free. An answer that is ready is as large as its rows.
      sizeCalculation: ({ bytes, ready }, key) => (ready === undefined ? bytes : bytes * 2) + key.length * 2 + 1024,
    });
  }

  get(key: string): CachedResult | undefined {
    return this.#results.get(key);
  }

  set(key: string, result: CachedResult): void {
    this.#results.set(key, result);
  }

  /** Drops everything known about an instance that was changed or deleted. */
  forgetInstance(instanceId: string): void {
    for (const [key, result] of this.#results.entries())
      if (result.instanceId === instanceId) this.#results.delete(key);
  }
}
