// The key that seals every secret of this host: given in the environment, else made on the first start and kept in the data folder.
import { createHash, createSecretKey, type KeyObject, randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const KEY_BYTES = 32;

export interface MasterKey {
  /** Names the key in what it sealed, and tells nothing about it. */
  readonly id: string;
  readonly key: KeyObject;
}

export interface MasterKeySource {
  /** `JACKFIELD_MASTER_KEY`: 32 bytes as base64 or hex. */
  readonly value?: string | undefined;
  /** Where `master.key` is kept when there is no value. */
  readonly dataFolder: string;
}

export async function loadMasterKey({ value, dataFolder }: MasterKeySource): Promise<MasterKey> {
  if (value !== undefined) return createMasterKey(decodeKey(value, 'JACKFIELD_MASTER_KEY'));
  const file = join(dataFolder, 'master.key');
  const text = (await readKeyFile(file)) ?? (await makeKeyFile(file));
  return createMasterKey(decodeKey(text, `the key file ${file}`));
}

export function createMasterKey(bytes: Uint8Array): MasterKey {
  const id = createHash('sha256').update('jackfield master key id\0').update(bytes).digest('hex').slice(0, 16);
  return { id, key: createSecretKey(bytes) };
}

function decodeKey(text: string, where: string): Buffer {
  const trimmed = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(trimmed)) return Buffer.from(trimmed, 'hex');
  if (/^[A-Za-z0-9+/]{43}=$/.test(trimmed)) return Buffer.from(trimmed, 'base64');
  throw new Error(
    `${where} must hold ${KEY_BYTES} bytes as base64 (44 characters) or hex (64 characters), got ${trimmed.length} characters. ` +
      'Put the right key back: without it the stored secrets cannot be opened. `openssl rand -base64 32` makes a new one.',
  );
}

async function readKeyFile(file: string): Promise<string | undefined> {
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

/** The file gets its name when its content is on the disk, and never replaces another: of two first starts one wins. */
async function makeKeyFile(file: string): Promise<string> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unnamed = `${file}.${randomUUID()}`;
  await using handle = await open(unnamed, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`);
    await handle.sync();
    await link(unnamed, file);
    await using directory = await open(folder, 'r');
    await directory.sync();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await unlink(unnamed);
  }
  return await readFile(file, 'utf8');
}
