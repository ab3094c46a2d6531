export type { ApplyCounts, RowChange } from './apply.ts';
export type { LastRead } from './last-reads.ts';
export { createStreamTables, type StreamStatus, type StreamTables, type ViewRows } from './stream-tables.ts';
export { createSync, type Sync } from './sync.ts';
