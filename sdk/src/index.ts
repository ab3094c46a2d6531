export { apiKey, basic, bearer, type ApiKeyAuth, type Auth, type BasicAuth, type BearerAuth } from './define/auth.ts';
export { isVendorError, VENDOR_CODES, VendorError, type VendorCode } from './define/errors.ts';
export { assertOk, readJson } from './define/json.ts';
export { definePlugin, type Plugin, type PluginDef } from './define/plugin.ts';
export { forConfig, query, type ConfigHelpers } from './define/query.ts';
export type {
  AnyQuery,
  CheckResult,
  ColumnDef,
  ColumnDefs,
  Context,
  Logger,
  ObjectSchemaDef,
  PublicConfig,
  QueryDef,
  Row,
  Values,
} from './define/types.ts';
export type { Column } from '@jackfield/schemas';
