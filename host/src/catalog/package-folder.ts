// Opens a package in a folder: package.json says that it is a plugin and where its manifest is. Nothing of it is trusted yet.
import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HostManifestEntry } from '@jackfield/schemas';
import type { Limits } from '../limits.ts';
import { readContained } from './contained-file.ts';
import { parseJson } from './json-text.ts';
import { RefusalError } from './refusal-error.ts';

export interface OpenedPackage {
  /** Folder that holds plugin.json and plugin.js, without any symbolic link. */
  readonly folder: string;
  readonly manifest: unknown;
  readonly manifestBytes: Uint8Array;
  readonly packageVersion: string | undefined;
}

export async function openPackage(path: string, entry: HostManifestEntry, limits: Limits): Promise<OpenedPackage> {
  const root = await realpath(path).catch(() => {
    throw new RefusalError(
      `there is no package at ${entry.path}; build or install it, or correct path in plugins.json`,
    );
  });
  const described = parseJson((await readContained(root, 'package.json', limits.manifestBytes)).bytes, 'package.json');
  const { name, version, keywords, jackfield } = members(described);
  if (name !== entry.package) {
    throw new RefusalError(
      `package.json is of ${JSON.stringify(name)}, plugins.json says ${JSON.stringify(entry.package)}`,
    );
  }
  if (!Array.isArray(keywords) || !keywords.includes('jackfield-plugin')) {
    throw new RefusalError('package.json is of no plugin: its keywords do not contain "jackfield-plugin"');
  }
  if (typeof jackfield !== 'string') throw new RefusalError('package.json has no "jackfield" path to its plugin.json');
  const file = await readContained(root, jackfield, limits.manifestBytes);
  return {
    folder: dirname(file.path),
    manifest: parseJson(file.bytes, 'plugin.json'),
    manifestBytes: file.bytes,
    packageVersion: typeof version === 'string' ? version : undefined,
  };
}

function members(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new RefusalError('package.json is not a JSON object');
  return value as Record<string, unknown>;
}
