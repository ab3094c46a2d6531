export { announceChange, createInstances } from './instances.ts';
export type {
  By,
  Instances,
  InstancesOptions,
  InstanceView,
  InstanceWrites,
  PluginFinder,
  ResolvedInstance,
  Written,
} from './instances.ts';
export type { InstanceMirror, InstanceWrite } from './mirror.ts';
export { type ImportedInstance, putImported, readStored, readView, type StoredInstance } from './imported.ts';
export { createInstanceSchema, draftInstanceSchema, updateInstanceSchema } from './input.ts';
export {
  type Applied,
  type ConfigChange,
  type ConfigMigrations,
  createConfigMigrations,
  type InstanceReport,
  type MigrationReport,
  type Outcome,
  type Versions,
} from './config-migrations/index.ts';
export { connectionOf } from './connection.ts';
export { createLiveRedactor } from './redactor.ts';
export { configSchemaOf } from './config-schema.ts';
export type { ConfigSchema, ParsedConfig } from './config-schema.ts';
export type { InstanceList } from './remembered.ts';
export { instanceRoutes } from './routes.ts';
export { createInstanceLimits, type InstanceLimits, type LimitsView } from './limits.ts';
export { createShred, type Shredded } from './shredding.ts';
export { shredRoutes } from './shred-routes.ts';
export { limitRoutes } from './limit-routes.ts';
export { createRefreshTokens } from './refresh-tokens.ts';
export { tlsWarning } from './tls-config.ts';
export { isDraft } from './view.ts';
export { createRunner, type InstanceWork, type Runner } from './runner.ts';
export { type ClientFinder, refusingUnknownClient } from './client-finder.ts';
export { instanceNotFound } from './rows.ts';
