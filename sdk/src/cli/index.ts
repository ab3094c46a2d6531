export { buildPlugin, type BuildOptions, type BuildResult, type BuiltFile } from './build/build-plugin.ts';
export { BuildError } from './build/build-error.ts';
export { validatePlugin, type FileFinding } from './validate/validate.ts';
