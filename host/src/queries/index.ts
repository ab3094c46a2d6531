export { canonicalJson } from './canonical-json.ts';
export { type Answering, answeringOf, sendResult } from './answer.ts';
export { createFillParams } from './client-params.ts';
export type { FanOut, FanOutMeta } from './fan-out.ts';
export { createQueries, type Queries, type QueriesParts } from './queries.ts';
export { assertMayRun } from './question.ts';
export type { FanOutRequest, FillParams, QueryRequest, QuerySummary, ViewAsking } from './request.ts';
export type { Meta, ResultStream } from './result-stream.ts';
export { queryRoutes } from './routes.ts';
