// `jackfield-plugin build`: sources -> dist/plugin.js and dist/plugin.json.
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PluginManifest } from '@jackfield/schemas';
import { draftPlugin, type BuildOptions } from './draft.ts';

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
  const { bytes, manifest, manifestText } = await draftPlugin(folder, options);
  const dist = join(resolve(folder), 'dist');
  await mkdir(dist, { recursive: true });
  const files = [];
  for (const [name, content] of [
    ['plugin.js', bytes],
    ['plugin.json', manifestText],
  ] as const) {
    const path = join(dist, name);
    await replace(path, content);
    files.push({ path, bytes: Buffer.byteLength(content) });
  }
  return { manifest, files };
}

/** A reader never sees half of it. */
async function replace(path: string, content: Uint8Array | string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  try {
    await writeFile(draft, content);
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
