// Makes the one file that a host runs.
import { build, type Message } from 'esbuild';
import { BUILTIN_MODULES, builtinModules } from './builtin-modules.ts';
import { BuildError } from './build-error.ts';
import type { Fault } from './place.ts';

/** Published packages name that condition too, but do not ship their sources. */
const fromSource = import.meta.url.endsWith('.ts');

export interface BundleOptions {
  /** The plugin's folder; paths in the output are relative to it. */
  readonly folder: string;
  readonly entry: string;
  readonly allowMissingBuiltins: boolean;
}

export interface Bundled {
  /** The same sources give the same bytes. */
  readonly bytes: Uint8Array;
  /** Source map: leads from the bundle to the author's lines. It is kept nowhere. */
  readonly map: string;
  /** How many bytes of the bundle each file gave, by its path relative to the folder. */
  readonly parts: ReadonlyMap<string, number>;
}

/** @throws BuildError naming each fault. */
export async function bundlePlugin(options: BundleOptions): Promise<Bundled> {
  try {
    const { outputFiles, metafile } = await build({
      absWorkingDir: options.folder,
      entryPoints: [options.entry],
      outfile: 'plugin.js',
      bundle: true,
      write: false,
      metafile: true,
      sourcemap: 'external',
      sourcesContent: false,
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
    const file = outputFiles.find(({ path }) => path.endsWith('.js'));
    const map = outputFiles.find(({ path }) => path.endsWith('.map'));
    if (!file || !map) throw new BuildError([{ message: `${options.entry} gave no output` }]);
    const output = Object.values(metafile.outputs).find(({ entryPoint }) => entryPoint !== undefined);
    const parts = Object.entries(output?.inputs ?? {}).map(
      ([path, { bytesInOutput }]) => [path, bytesInOutput] as const,
    );
    return { bytes: file.contents, map: map.text, parts: new Map(parts) };
  } catch (error) {
    throw isFailure(error) ? new BuildError(error.errors.map(toFault)) : error;
  }
}

function isFailure(error: unknown): error is { errors: Message[] } {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

function toFault({ text, location, pluginName }: Message): Fault {
  const about = pluginName === BUILTIN_MODULES ? { forbidden: true as const } : {};
  if (location === null) return { message: text, ...about };
  return { message: text, ...about, place: { file: location.file, line: location.line, column: location.column + 1 } };
}
