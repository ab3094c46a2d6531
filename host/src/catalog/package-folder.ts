// Opens a package in a folder: package.json says that it is a plugin and where its manifest is. Nothing of it is trusted yet.
import { realpath } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import type { HostManifestEntry } from '@jackfield/schemas';
import type { Limits } from '../limits.ts';
import { CONFORMANCE, type Grade, gradeOf } from './conformance.ts';
import { readContained } from './contained-file.ts';
import { parseJson } from './json-text.ts';
import { RefusalError } from './refusal-error.ts';

export interface OpenedPackage {
  /** Folder that holds plugin.json and plugin.js, without any symbolic link. */
  readonly folder: string;
  readonly manifest: unknown;
  readonly packageVersion: string | undefined;
  readonly grade: Grade | undefined;
  /** package.json and plugin.json as they were read. */
  readonly described: Described;
}

export interface Described {
  readonly packageJson: Buffer;
  readonly manifestJson: Buffer;
  /** Path of plugin.json below the package. */
  readonly manifestPath: string;
  readonly conformanceJson: Buffer | undefined;
}

/** `path` is that of a folder; `entry` says which package it must be. */
export async function openPackage(
  path: string,
  entry: Pick<HostManifestEntry, 'package' | 'path'>,
  limits: Limits,
): Promise<OpenedPackage> {
  const root = await realpath(path).catch(() => {
    throw new RefusalError(
      `there is no package at ${entry.path}; build or install it, or correct path in plugins.json`,
    );
  });
  const packageJson = (await readContained(root, 'package.json', limits.manifestBytes)).bytes;
  const { name, version, jackfield } = describePackage(packageJson);
  if (name !== entry.package) {
    throw new RefusalError(
      `package.json is of ${JSON.stringify(name)}, plugins.json says ${JSON.stringify(entry.package)}`,
    );
  }
  const file = await readContained(root, jackfield, limits.manifestBytes);
  const manifest = parseJson(file.bytes, 'plugin.json');
  const conformance = await readContained(root, CONFORMANCE, limits.manifestBytes).catch(() => undefined);
  return {
    folder: dirname(file.path),
    manifest,
    packageVersion: version,
    grade: gradeOf(conformance?.bytes, manifest),
    described: {
      ...{ packageJson, manifestJson: file.bytes, manifestPath: relative(root, file.path) },
      conformanceJson: conformance?.bytes,
    },
  };
}

/** What a package.json says about its plugin. @throws RefusalError when there is none. */
export function describePackage(bytes: Buffer): { name: string; version: string | undefined; jackfield: string } {
  const { name, version, keywords, jackfield } = members(parseJson(bytes, 'package.json'));
  if (typeof name !== 'string') throw new RefusalError('package.json has no name');
  if (!Array.isArray(keywords) || !keywords.includes('jackfield-plugin')) {
    throw new RefusalError('package.json is of no plugin: its keywords do not contain "jackfield-plugin"');
  }
  if (typeof jackfield !== 'string') throw new RefusalError('package.json has no "jackfield" path to its plugin.json');
  return { name, version: typeof version === 'string' ? version : undefined, jackfield };
}

function members(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new RefusalError('package.json is not a JSON object');
  return value as Record<string, unknown>;
}
