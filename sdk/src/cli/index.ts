export { buildPlugin, type BuildResult, type BuiltFile } from '../build/build-plugin.ts';
export { draftPlugin, type BuildOptions, type Draft } from '../build/draft.ts';
export { BuildError } from '../build/build-error.ts';
export { findingText, validatePlugin, type FileFinding } from './validate/validate.ts';
export { packPlugin, UnsoundError, type Packed } from './pack/pack.ts';
export { rules } from './validate/rules.ts';
export type { Finding, Rule, Severity } from './validate/rule.ts';
