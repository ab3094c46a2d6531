export type { CursorView } from './cursor-history.ts';
export type { RunView, SyncJobView } from './job-views.ts';
export type { ApplyCounts, RowChange } from './apply.ts';
export { dropTables, registeredTables } from './row-cleanup.ts';
export { createStreamTables, type StreamStatus, type StreamTables } from './stream-tables.ts';
export { isFirstTry, readTrouble, type Trouble } from './trouble.ts';
export { createSync, type Sync } from './sync.ts';
export { comparable, tableOf, type TableShape, typeOf } from './table-shape.ts';
