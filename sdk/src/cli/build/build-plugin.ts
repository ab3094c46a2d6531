// `jackfield-plugin build`: sources -> dist/plugin.js and dist/plugin.json.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { validatePluginManifest, type PluginManifest } from '@jackfield/schemas';
import { BuildError } from './build-error.ts';
import { bundlePlugin } from './bundle.ts';
import { manifestOf } from './manifest.ts';
import { sdkVersion } from '../sdk-version.ts';

export interface BuildOptions {
  /** Relative to the folder. Default: `src/plugin.ts`, else `src/plugin.js`. */
  readonly entry?: string;
  /** Turns builtins that plugins do not have into modules that throw when they are called. */
  readonly allowMissingBuiltins?: boolean;
}

export interface BuiltFile {
  readonly path: string;
  readonly bytes: number;
}

export interface BuildResult {
  readonly manifest: PluginManifest;
  /** Written files, absolute. */
  readonly files: readonly BuiltFile[];
}

/**
 * Builds the plugin in `folder`. Nothing is written when it fails; plugin.json is replaced last.
 * @throws BuildError with one line per fault.
 */
export async function buildPlugin(folder: string, options: BuildOptions = {}): Promise<BuildResult> {
  const root = resolve(folder);
  const version = await packageVersion(root);
  const entry = options.entry ?? (existsSync(join(root, 'src/plugin.ts')) ? 'src/plugin.ts' : 'src/plugin.js');
  if (!existsSync(join(root, entry)))
    throw new BuildError([`${join(folder, entry)} does not exist; name it with --entry`]);
  const bytes = await bundlePlugin({
    folder: root,
    entry: join(root, entry),
    allowMissingBuiltins: options.allowMissingBuiltins ?? false,
  });
  const dist = join(root, 'dist');
  await mkdir(dist, { recursive: true });
  const draft = join(dist, `.plugin-${process.pid}.mjs`);
  try {
    await writeFile(draft, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const bundle = { file: 'plugin.js', sha256, bytes: bytes.byteLength } as const;
    const text = await manifestOf({ bundleUrl: pathToFileURL(draft).href, facts: { version, bundle, sdkVersion } });
    const manifest = parseManifest(text);
    await rename(draft, join(dist, 'plugin.js'));
    await writeFile(draft, text);
    await rename(draft, join(dist, 'plugin.json'));
    const files = [
      { path: join(dist, 'plugin.js'), bytes: bytes.byteLength },
      { path: join(dist, 'plugin.json'), bytes: Buffer.byteLength(text) },
    ];
    return { manifest, files };
  } finally {
    await rm(draft, { force: true });
  }
}

async function packageVersion(folder: string): Promise<string> {
  const file = join(folder, 'package.json');
  try {
    const { version } = JSON.parse(await readFile(file, 'utf8'));
    if (typeof version === 'string') return version;
  } catch (error) {
    throw new BuildError([`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`]);
  }
  throw new BuildError([`${file} must have a version`]);
}

function parseManifest(text: string): PluginManifest {
  const manifest = JSON.parse(text);
  const findings = validatePluginManifest(manifest);
  if (findings.length > 0)
    throw new BuildError(findings.map(({ pointer, message }) => `plugin.json ${pointer} ${message}`));
  return manifest;
}
