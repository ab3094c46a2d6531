export type * from './generated.ts';
export type { Finding } from './finding.ts';
export { bucketColumn, bucketsOf, isGrouped, perColumn, viewColumns } from './view-columns.ts';
export { viewFindings } from './view-rules.ts';
export { valueFault } from './view-values.ts';
export { createAjv } from './schema-compiler.ts';
export {
  validateCassette,
  validateConformanceReport,
  validateHostManifest,
  validateHostManifestEntry,
  validatePluginManifest,
} from './validate.ts';
