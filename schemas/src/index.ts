export type * from './generated.ts';
export type { Finding } from './finding.ts';
export { createAjv } from './schema-compiler.ts';
export { validateHostManifest, validateHostManifestEntry, validatePluginManifest } from './validate.ts';
