export { buildPlugin, type BuildOptions, type BuildResult, type BuiltFile } from './build.ts';
export { BuildError } from './build-error.ts';
export { validatePlugin, type FileFinding } from './validate.ts';
