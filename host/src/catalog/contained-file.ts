// Reads files of packages nobody trusts yet: regular files, of a bounded size, that really lie inside the package.
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { RefusalError } from './refusal-error.ts';

export interface ContainedFile {
  /** Without any symbolic link. */
  readonly path: string;
  readonly bytes: Buffer;
}

/** `root` must be a real path. @throws RefusalError naming `name` when it is no such file. */
export async function readContained(root: string, name: string, most: number): Promise<ContainedFile> {
  const wanted = resolve(root, name);
  if (name.includes('\0') || name.includes('\\') || !isInside(root, wanted)) {
    throw new RefusalError(`${JSON.stringify(name)} is not a path inside the package`);
  }
  const path = await realpath(wanted).catch((error: unknown) => missing(name, error));
  if (!isInside(root, path)) throw new RefusalError(`${name} is a link to a place outside the package`);
  return { path, bytes: await readRegular(path, name, most) };
}

/** @throws RefusalError when it is not a regular file of at most `most` bytes. */
export async function readRegular(path: string, name: string, most: number): Promise<Buffer> {
  // Opening a pipe without O_NONBLOCK waits until somebody writes to it.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const file = await open(path, flags).catch((error: unknown) => missing(name, error));
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new RefusalError(`${name} is not a regular file`);
    if (stat.size > most) throw new RefusalError(`${name} has ${stat.size} bytes, more than the ${most} allowed`);
    const bytes = Buffer.alloc(stat.size);
    const { bytesRead } = await file.read(bytes, 0, stat.size, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function missing(name: string, error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  throw new RefusalError(code === 'ENOENT' ? `${name} does not exist` : `${name} cannot be read (${code})`);
}
