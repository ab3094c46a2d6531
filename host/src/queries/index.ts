export { createQueries, type Queries, type QueriesParts, type QueryRequest, type QuerySummary } from './queries.ts';
export type { Meta, ResultStream } from './result-stream.ts';
export { queryRoutes } from './routes.ts';
