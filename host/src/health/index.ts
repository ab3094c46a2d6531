export type { Checks } from './checks.ts';
export type { CheckReport } from './connection-test.ts';
export type { HealthView, RepairView } from './views.ts';
export { createHealth, type Health, type HealthParts } from './health.ts';
export { raiseImportRepair } from './import-repairs.ts';
