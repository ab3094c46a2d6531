// `master.key` in the data folder: one key in each line, the one that is used first. It is never left half written.
import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KEY_BYTES } from './master-key.ts';

/** Undefined when there is none. */
export async function readKeyFile(file: string): Promise<string | undefined> {
  try {
    const { mode } = await stat(file);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      const octal = (mode & 0o777).toString(8);
      throw new Error(
        `the key file ${file} can be read by others (mode ${octal}, expected 600). Run: chmod 600 ${file}`,
      );
    }
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

export function newKeyLine(): string {
  return randomBytes(KEY_BYTES).toString('base64');
}

/** It never replaces another: of two first starts one wins. Returns what the file holds then. */
export async function makeKeyFile(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await written(file, [newKeyLine()], async (unnamed) => {
    try {
      await link(unnamed, file);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    await unlink(unnamed);
  });
  return readFile(file, 'utf8');
}

export async function replaceKeyFile(file: string, lines: readonly string[]): Promise<void> {
  await written(file, lines, (unnamed) => rename(unnamed, file));
}

/** The content is on the disk before it gets its name. */
async function written(
  file: string,
  lines: readonly string[],
  name: (unnamed: string) => Promise<void>,
): Promise<void> {
  const unnamed = `${file}.${randomUUID()}`;
  {
    await using handle = await open(unnamed, 'wx', 0o600);
    await handle.writeFile(`${lines.join('\n')}\n`);
    await handle.sync();
  }
  await name(unnamed);
  await using directory = await open(dirname(file), 'r');
  await directory.sync();
}
