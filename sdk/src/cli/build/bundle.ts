// Makes the one file that a host runs.
import { build, type Message } from 'esbuild';
import { builtinModules } from './builtin-modules.ts';
import { BuildError } from './build-error.ts';

/** Published packages name that condition too, but do not ship their sources. */
const fromSource = import.meta.url.endsWith('.ts');

export interface BundleOptions {
  /** The plugin's folder; paths in the output are relative to it. */
  readonly folder: string;
  readonly entry: string;
  readonly allowMissingBuiltins: boolean;
}

/** The bundle as bytes: the same sources give the same bytes. @throws BuildError naming each fault. */
export async function bundlePlugin(options: BundleOptions): Promise<Uint8Array> {
  try {
    const { outputFiles } = await build({
      absWorkingDir: options.folder,
      entryPoints: [options.entry],
      bundle: true,
      write: false,
      format: 'esm',
      // A sandbox has the web's globals and few of Node's builtins: libraries' builds for workers and browsers call the global
      // fetch. With any other platform esbuild would not follow the maps in `browser` of their package.json.
      platform: 'browser',
      target: 'node26',
      mainFields: ['browser', 'module', 'main'],
      conditions: [...(fromSource ? ['jackfield-source'] : []), 'edge-light', 'worker', 'module'],
      define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
      charset: 'utf8',
      legalComments: 'none',
      treeShaking: true,
      logLevel: 'silent',
      plugins: [builtinModules(options.folder, options.allowMissingBuiltins)],
    });
    const [file] = outputFiles;
    if (!file) throw new BuildError([`${options.entry} gave no output`]);
    return file.contents;
  } catch (error) {
    throw isFailure(error) ? new BuildError(error.errors.map(describe)) : error;
  }
}

function isFailure(error: unknown): error is { errors: Message[] } {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

function describe({ text, location }: Message): string {
  return location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text;
}
