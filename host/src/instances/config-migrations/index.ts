export {
  type Applied,
  type ConfigMigrations,
  type ConfigMigrationsParts,
  createConfigMigrations,
  type InstanceReport,
  type MigrationReport,
} from './config-migrations.ts';
export type { Outcome } from './assessment.ts';
export type { ConfigChange } from './changes.ts';
export type { Versions } from './way.ts';
