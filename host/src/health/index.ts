export type { Checks } from './checks.ts';
export { type CheckReport, testConnection } from './connection-test.ts';
export type { HealthView, RepairView } from './views.ts';
export { createHealth, type Health, type HealthParts } from './health.ts';
export { raiseImportRepair } from './import-repairs.ts';
export { closeWithdrawal, raiseWithdrawal } from './plugin-repairs.ts';
