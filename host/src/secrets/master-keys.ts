// The master keys that this host has. The first wraps what is new; the others, while a rotation is under way, still open what is old.
import { join } from 'node:path';
import { Problem } from '../errors.ts';
import { makeKeyFile, newKeyLine, readKeyFile, replaceKeyFile } from './key-file.ts';
import { type MasterKey, parseMasterKeys } from './master-key.ts';

export interface MasterKeys {
  readonly current: MasterKey;
  readonly ids: readonly string[];
  find(id: string): MasterKey | undefined;
  /** Where they come from. */
  readonly source: 'environment' | 'file';
  /** Takes notice of a file that somebody has changed. @throws Error when it cannot be used; the keys stay as they were. */
  reload(): Promise<void>;
  /** Puts a new one first. Only in a file. */
  add(): Promise<MasterKey>;
  /** Forgets one that nothing is sealed with any more. Only in a file. */
  drop(id: string): Promise<void>;
}

export interface MasterKeySource {
  /** `JACKFIELD_MASTER_KEY`: 32 bytes as base64 or hex; several with commas between them. */
  readonly value?: string | undefined;
  /** Where `master.key` is kept when there is no value. */
  readonly dataFolder: string;
  /** Ids of the keys that something is sealed with: then no new one is made in the place of one that is missing. */
  readonly needed?: readonly string[];
}

export async function loadMasterKeys({ value, dataFolder, needed = [] }: MasterKeySource): Promise<MasterKeys> {
  if (value !== undefined) return fixedKeys(parseMasterKeys(value, 'JACKFIELD_MASTER_KEY'));
  const file = join(dataFolder, 'master.key');
  const text = await readKeyFile(file);
  if (text === undefined && needed.length > 0) throw keyMissing(file, needed);
  return keysInFile(file, text ?? (await makeKeyFile(file)));
}

/** Keys that are what they are until the host is started again. */
export function fixedKeys(keys: readonly [MasterKey, ...MasterKey[]]): MasterKeys {
  const refuse = async (): Promise<never> => {
    throw new Problem('conflict', 'the master key is given in the environment, so the host cannot change it', {
      next: 'Start the hosts with JACKFIELD_MASTER_KEY="<new key>,<old key>", then rotate again.',
    });
  };
  return {
    current: keys[0],
    ids: keys.map(({ id }) => id),
    find: (id) => keys.find((key) => key.id === id),
    source: 'environment',
    reload: async () => undefined,
    add: refuse,
    drop: async () => undefined,
  };
}

function keysInFile(file: string, text: string): MasterKeys {
  const where = `the key file ${file}`;
  let lines = linesOf(text);
  let keys = parseMasterKeys(text, where);
  const take = (next: string): void => {
    keys = parseMasterKeys(next, where);
    lines = linesOf(next);
  };
  const reload = async (): Promise<void> => {
    const next = await readKeyFile(file);
    if (next === undefined) throw new Error(`${where} is gone. Put it back from your backup.`);
    take(next);
  };
  const write = async (next: readonly string[]): Promise<void> => {
    await replaceKeyFile(file, next);
    take(next.join('\n'));
  };
  return {
    get current() {
      return keys[0];
    },
    get ids() {
      return keys.map(({ id }) => id);
    },
    find: (id) => keys.find((key) => key.id === id),
    source: 'file',
    reload,
    async add() {
      await reload();
      await write([newKeyLine(), ...lines]);
      return keys[0];
    },
    async drop(id) {
      await reload();
      const kept = lines.filter((_, index) => index === 0 || keys[index]?.id !== id);
      if (kept.length < lines.length) await write(kept);
    },
  };
}

function linesOf(text: string): string[] {
  return text.trim().split(/[\s,]+/);
}

function keyMissing(file: string, needed: readonly string[]): Problem {
  const detail =
    `there is no master key: ${file} is missing and JACKFIELD_MASTER_KEY is not set, ` +
    `but this database holds secrets that are sealed with the master key ${needed.join(', ')}`;
  return new Problem('config_invalid', detail, {
    next: 'Put the key file back from your backup, or set JACKFIELD_MASTER_KEY. Nothing was changed.',
  });
}
