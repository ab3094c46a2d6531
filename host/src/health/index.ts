export type { CheckReport } from './connection-test.ts';
export { createHealth, type Health, type HealthParts } from './health.ts';
export { raiseImportRepair } from './import-repairs.ts';
