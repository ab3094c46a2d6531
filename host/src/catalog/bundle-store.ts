// Keeps the verified copy of every bundle, named by its hash. What runs is this copy: the package may change under it.
import { randomUUID } from 'node:crypto';
import { mkdir, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PluginManifest } from '@jackfield/schemas';
import { readContained, readRegular } from './contained-file.ts';
import { sha256 } from './integrity.ts';
import { RefusalError } from './refusal-error.ts';

/** The bundle of a package. @throws RefusalError when it is not the one that the manifest names. */
export async function readBundle(folder: string, { bundle }: PluginManifest, most: number): Promise<Uint8Array> {
  const { bytes } = await readContained(folder, bundle.file, most);
  if (bytes.byteLength !== bundle.bytes) {
    throw new RefusalError(
      `${bundle.file} has ${bytes.byteLength} bytes, plugin.json says ${bundle.bytes}`,
      '/bundle/bytes',
    );
  }
  const actual = sha256(bytes);
  if (actual !== bundle.sha256) {
    throw new RefusalError(
      `${bundle.file} has the sha256 ${actual}, plugin.json says ${bundle.sha256}`,
      '/bundle/sha256',
    );
  }
  return bytes;
}

/** Writes verified bytes below `store` and reads them back. @returns the file's real path. */
export async function storeBundle(store: string, bytes: Uint8Array): Promise<string> {
  const hash = sha256(bytes);
  const folder = join(store, hash);
  const file = join(folder, 'plugin.js');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!(await holds(file, hash, bytes.byteLength))) {
    const draft = join(folder, `.${randomUUID()}`);
    try {
      await writeFile(draft, bytes, { flag: 'wx', mode: 0o444 });
      await rename(draft, file);
    } finally {
      await rm(draft, { force: true });
    }
    if (!(await holds(file, hash, bytes.byteLength))) {
      throw new RefusalError(`the copy of ${hash.slice(0, 12)}… in ${store} is not what was written; check the disk`);
    }
  }
  return realpath(file);
}

async function holds(file: string, hash: string, size: number): Promise<boolean> {
  const bytes = await readRegular(file, 'plugin.js', size).catch(() => undefined);
  return bytes !== undefined && sha256(bytes) === hash;
}
