export type { ApplyCounts, RowChange } from './apply.ts';
export { streamRoutes } from './routes.ts';
export { createStreamTables, type StreamStatus, type StreamTables, type ViewRows } from './stream-tables.ts';
