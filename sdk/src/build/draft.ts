// Builds a plugin without writing anything into its folder: what `build` then writes, `validate` judges and `dev` runs.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { validatePluginManifest, type PluginManifest } from '@jackfield/schemas';
import { sdkVersion } from './sdk-version.ts';
import { BuildError } from './build-error.ts';
import { BundleCode } from './bundle-code.ts';
import { bundlePlugin, type Bundled } from './bundle.ts';
import { stepsOfMessage, stepsOfPointer } from './json-path.ts';
import type { ManifestFault } from './manifest-thread.ts';
import { manifestOf } from './manifest.ts';
import { withHint } from './hints.ts';
import { isOwn, type Fault } from './place.ts';

export interface BuildOptions {
  /** Relative to the folder. Default: `src/plugin.ts`, else `src/plugin.js`. */
  readonly entry?: string;
  /** Turns builtins that plugins do not have into modules that throw when they are called. */
  readonly allowMissingBuiltins?: boolean;
}

export interface Draft extends Bundled {
  readonly code: BundleCode;
  readonly manifest: PluginManifest;
  /** As it is written. */
  readonly manifestText: string;
}

/** The entry file of the plugin in `folder`, relative to it; undefined when there is none. */
export function entryOf(folder: string, { entry }: BuildOptions): string | undefined {
  const candidates = entry === undefined ? ['src/plugin.ts', 'src/plugin.js'] : [entry];
  return candidates.find((file) => existsSync(join(folder, file)));
}

/** @throws BuildError with one line per fault. */
export async function draftPlugin(folder: string, options: BuildOptions = {}): Promise<Draft> {
  const root = resolve(folder);
  const version = await packageVersion(root);
  const entry = entryOf(root, options);
  if (entry === undefined) {
    const wanted = join(folder, options.entry ?? 'src/plugin.js');
    throw new BuildError([{ message: `${wanted} does not exist; name it with --entry` }]);
  }
  const bundled = await bundlePlugin({
    folder: root,
    entry: join(root, entry),
    allowMissingBuiltins: options.allowMissingBuiltins ?? false,
  });
  const code = new BundleCode(bundled, relative(root, join(root, entry)));
  const manifestText = await manifestTextOf(bundled, version, code);
  return { ...bundled, code, manifestText, manifest: parseManifest(manifestText, code) };
}

async function packageVersion(folder: string): Promise<string> {
  const place = { file: 'package.json' };
  try {
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    if (typeof version === 'string') return version;
  } catch (error) {
    throw new BuildError([
      { place, message: `cannot be read: ${error instanceof Error ? error.message : String(error)}` },
    ]);
  }
  throw new BuildError([{ place, message: 'must have a version' }]);
}

async function manifestTextOf({ bytes }: Bundled, version: string, code: BundleCode): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'jackfield-build-'));
  try {
    const file = join(folder, 'plugin.mjs');
    await writeFile(file, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const bundle = { file: 'plugin.js', sha256, bytes: bytes.byteLength } as const;
    const answer = await manifestOf({ bundleUrl: pathToFileURL(file).href, facts: { version, bundle, sdkVersion } });
    if ('fault' in answer) throw new BuildError([loadFault(answer, code)]);
    return answer.json;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function loadFault({ fault, stack = [], loaded }: ManifestFault, code: BundleCode): Fault {
  if (loaded) return { message: fault, place: code.placeOfMember(stepsOfMessage(fault)) };
  const message = `the built plugin does not load: ${fault}`;
  const places = stack.map(({ line, column }) => code.placeAt(line, column - 1));
  // What a library throws is about how it was called.
  const place = places.find(isOwn) ?? places[0];
  return place === undefined ? { message } : { message, place };
}

function parseManifest(text: string, code: BundleCode): PluginManifest {
  const manifest = JSON.parse(text);
  const findings = validatePluginManifest(manifest);
  if (findings.length === 0) return manifest;
  throw new BuildError(
    findings.map(({ pointer, message }) => ({
      pointer,
      message: withHint(pointer, message),
      place: code.placeOfMember(stepsOfPointer(pointer)),
    })),
  );
}
