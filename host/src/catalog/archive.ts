// Unpacks npm tarballs in memory. Only regular files with plain relative paths come out; everything else refuses the archive.
import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import { Parser, type ReadEntry } from 'tar';
import { RefusalError } from './refusal-error.ts';

/** File contents by path below the archive's one top folder. */
export type ArchiveFiles = ReadonlyMap<string, Buffer>;

const MOST_FILES = 2000;
const LONGEST_PATH = 500;

/** @throws RefusalError naming the entry that is not allowed. */
export async function readArchive(bytes: Uint8Array, most: number): Promise<ArchiveFiles> {
  return readEntries(await unzip(bytes, most));
}

async function unzip(bytes: Uint8Array, most: number): Promise<Buffer> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: most });
  } catch (error) {
    const tooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    throw new RefusalError(
      tooLarge ? `the tarball unpacks to more than ${most} bytes` : 'the tarball is not gzip data',
    );
  }
}

function readEntries(archive: Buffer): Promise<ArchiveFiles> {
  const files = new Map<string, Buffer>();
  return new Promise((resolve, reject) => {
    const refuse = (reason: string): void => reject(new RefusalError(`the tarball is refused: ${reason}`));
    const take = (entry: ReadEntry): void => {
      const fault = faultOf(entry) ?? (files.size === MOST_FILES ? `it has more than ${MOST_FILES} files` : undefined);
      if (fault) refuse(fault);
      if (fault || entry.type === 'Directory') {
        entry.resume();
        return;
      }
      const path = entry.path.split('/').slice(1).join('/');
      if (files.has(path)) refuse(`${JSON.stringify(entry.path)} is in it twice`);
      const chunks: Buffer[] = [];
      files.set(path, Buffer.alloc(0));
      entry.on('data', (chunk: Buffer) => chunks.push(chunk));
      entry.on('end', () => files.set(path, Buffer.concat(chunks)));
    };
    const parser = new Parser({ strict: true, onReadEntry: take });
    parser.on('ignoredEntry', (entry: ReadEntry) => refuse(`${JSON.stringify(entry.path)} is a ${entry.type}`));
    parser.on('error', (error: Error) => refuse(error.message));
    parser.on('end', () => resolve(files));
    parser.end(archive);
  });
}

function faultOf(entry: ReadEntry): string | undefined {
  const shown = JSON.stringify(entry.path.slice(0, LONGEST_PATH));
  if (!['File', 'OldFile', 'Directory'].includes(entry.type)) {
    return `${shown} is a ${entry.type}, and only regular files are allowed`;
  }
  if (entry.path.length > LONGEST_PATH) return `${shown}… is a path of more than ${LONGEST_PATH} characters`;
  const steps = entry.path.replace(/\/$/, '').split('/');
  // An empty first step is an absolute path; a drive letter or a backslash means one to another system.
  const plain = steps.every((step) => step !== '' && step !== '.' && step !== '..' && !/[\\:\p{Cc}]/u.test(step));
  if (!plain) return `${shown} is not a plain relative path`;
  if (entry.type !== 'Directory' && steps.length < 2) return `${shown} is not inside the archive's top folder`;
  return undefined;
}
