export type * from './generated.ts';
export { pointerTo, type Finding } from './finding.ts';
export { compileObjectSchema, compilePattern, createAjv, type LinearPattern } from './schema-compiler.ts';
export { validateHostManifest, validateHostManifestEntry, validatePluginManifest } from './validate.ts';
