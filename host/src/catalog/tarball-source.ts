// The catalog source for npm tarballs on disk. Its folder is named by the tarball's hash and holds exactly what the tarball holds.
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { guardTap, type Candidate, type Discovered, type Hooks } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { HostManifestEntry } from '@jackfield/schemas';
import { readArchive, type ArchiveFiles } from './archive.ts';
import { readRegular } from './contained-file.ts';
import { integrityRefusal } from './integrity.ts';
import { openPackage } from './package-folder.ts';
import { RefusalError } from './refusal-error.ts';

export interface TarballOptions {
  readonly hooks: Hooks;
  readonly limits: Limits;
  readonly log: Log;
  /** Extracted packages, one folder each. */
  readonly folder: string;
}

export function tapTarballSource({ hooks, limits, log, folder }: TarballOptions): void {
  const open = async ({ entry, base }: Discovered): Promise<Candidate> => {
    const bytes = await readRegular(resolve(base, entry.path), basename(entry.path), limits.tarballBytes);
    return openTarball(bytes, entry, { limits, log, folder });
  };
  const tap = (found: readonly Discovered[]): readonly Discovered[] =>
    found.map((item) => (item.open || !item.entry.path.endsWith('.tgz') ? item : { ...item, open: () => open(item) }));
  hooks.discover.tapPromise('tarball', guardTap('catalog/tarball', limits.hookTap, tap));
}

/** A package in a tarball that is at hand. @throws RefusalError */
export async function openTarball(
  bytes: Buffer,
  entry: HostManifestEntry,
  { limits, log, folder }: Omit<TarballOptions, 'hooks'>,
): Promise<Candidate> {
  // Before anything parses it.
  const refusal = integrityRefusal(entry, bytes);
  if (refusal) throw new RefusalError(refusal.reason, refusal.pointer);
  const files = await readArchive(bytes, limits.tarballBytes);
  const target = join(folder, createHash('sha512').update(bytes).digest('hex').slice(0, 32));
  await extract(files, target, log);
  const { described: _, ...opened } = await openPackage(target, entry, limits);
  return { entry, pinned: bytes, tarball: async () => bytes, ...opened };
}

async function extract(files: ArchiveFiles, target: string, log: Log): Promise<void> {
  if (await holdsExactly(target, files)) return;
  const draft = `${target}.${randomUUID()}`;
  try {
    for (const [path, bytes] of files) {
      await mkdir(dirname(join(draft, path)), { recursive: true, mode: 0o700 });
      await writeFile(join(draft, path), bytes, { flag: 'wx', mode: 0o444 });
    }
    await place(draft, files, target, log);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Hosts that share the folder may be here at the same time: what is right is never taken away, even for a moment. */
async function place(draft: string, files: ArchiveFiles, target: string, log: Log): Promise<void> {
  const refused = await rename(draft, target).catch((error: unknown) => error);
  if (refused === undefined || (await holdsExactly(target, files))) return;
  log.warn({ folder: target }, 'an extracted package differs from its tarball and is extracted again');
  const old = `${draft}.old`;
  await rename(target, old);
  await rename(draft, target);
  await rm(old, { recursive: true, force: true });
}

async function holdsExactly(folder: string, files: ArchiveFiles): Promise<boolean> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const others = found.filter((item) => !item.isDirectory());
  if (others.length !== files.size || !others.every((item) => item.isFile())) return false;
  for (const [path, bytes] of files) {
    const there = await readFile(join(folder, path)).catch(() => undefined);
    if (!there?.equals(bytes)) return false;
  }
  return true;
}
