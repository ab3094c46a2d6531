// What of a connection expires: as the plugin has it from the vendor, and what the host sees itself.
import type { Connection } from '../gateway/index.ts';
import type { RunResult } from '../sandbox/index.ts';

export interface Expiry {
  /** What it is, as people call it: it also tells one from another. */
  readonly what: string;
  /** ISO 8601. */
  readonly at: string;
}

/** One for each thing, the first to expire when there are several, in the order of their dates. */
export function expiriesOf(_result: RunResult, _connection: Connection): Expiry[] {
  return [];
}
