export {
  apiKey,
  basic,
  bearer,
  oauth2,
  type ApiKeyAuth,
  type Auth,
  type BasicAuth,
  type BearerAuth,
  type OAuth2Auth,
  type OAuth2Fields,
} from './define/auth.ts';
export { columns, dynamicQuery, type ColumnsStep, type DynamicQueryDef } from './define/dynamic-query.ts';
export { CursorInvalidError, isVendorError, VENDOR_CODES, VendorError, type VendorCode } from './define/errors.ts';
export { httpQuery, type HttpColumn, type HttpQueryDef, type RowSource } from './define/http-query.ts';
export type { Paging } from './define/http-pages.ts';
export type { RequestTemplate } from './define/http-request.ts';
export { job, type AnyJob, type ContractEnding, type JobDef, type JobResult } from './define/job.ts';
export { assertOk, readJson } from './define/json.ts';
export {
  migration,
  type MigratedConfig,
  type Migration,
  type MigrationDef,
  type SecretValue,
  type StoredConfig,
} from './define/migration.ts';
export { definePlugin, type Plugin, type PluginDef } from './define/plugin.ts';
export { forConfig, query, type ConfigHelpers } from './define/query.ts';
export {
  change,
  hmac,
  route,
  sharedSecret,
  type AnyRoute,
  type HmacVerification,
  type RouteAnswer,
  type RouteChange,
  type RouteDef,
  type RouteRequest,
  type SecretVerification,
  type Verification,
} from './define/route.ts';
export {
  checkpoint,
  complete,
  present,
  remove,
  stream,
  upsert,
  type AnyStream,
  type CensusDef,
  type CensusStep,
  type Checkpoint,
  type Complete,
  type Cursor,
  type Key,
  type Present,
  type ReadStep,
  type Remove,
  type Scope,
  type StreamDef,
  type Upsert,
} from './define/stream.ts';
export { syncedQuery, type AnySyncedQuery, type QueriedStream, type SyncedQueryDef } from './define/synced-query.ts';
export { tlsConfig } from './define/tls.ts';
export type {
  AnyQuery,
  CheckResult,
  Expiry,
  ColumnDef,
  ColumnDefs,
  Context,
  Logger,
  ObjectSchemaDef,
  PublicConfig,
  QueryDef,
  Role,
  Row,
  Values,
} from './define/types.ts';
export type { Span, View, ViewBucket, ViewCondition, ViewDef, ViewGroup, ViewMeasure } from './define/view.ts';
export { widget, type QueryWidgetDef, type ViewWidgetDef, type WidgetDef, type WidgetKind } from './define/widget.ts';
export type { Column } from '@jackfield/schemas';
