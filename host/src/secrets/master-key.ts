// A master key seals nothing but the data keys, and in older databases the secrets themselves.
import { createHash, createSecretKey, type KeyObject } from 'node:crypto';

export const KEY_BYTES = 32;

export interface MasterKey {
  /** Names the key in what it sealed, and tells nothing about it. */
  readonly id: string;
  readonly key: KeyObject;
}

export function createMasterKey(bytes: Uint8Array): MasterKey {
  const id = createHash('sha256').update('jackfield master key id\0').update(bytes).digest('hex').slice(0, 16);
  return { id, key: createSecretKey(bytes) };
}

/** One key or several, with commas or white space between them. @throws Error that does not repeat what is wrong. */
export function parseMasterKeys(text: string, where: string): readonly [MasterKey, ...MasterKey[]] {
  const [first = '', ...others] = text.trim().split(/[\s,]+/);
  const keyOf = (word: string): MasterKey => createMasterKey(decodeKey(word, where));
  return [keyOf(first), ...others.map(keyOf)];
}

function decodeKey(text: string, where: string): Buffer {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  if (/^[A-Za-z0-9+/]{43}=$/.test(text)) return Buffer.from(text, 'base64');
  throw new Error(
    `${where} must hold ${KEY_BYTES} bytes as base64 (44 characters) or hex (64 characters), got ${text.length} characters. ` +
      'Put the right key back: without it the stored secrets cannot be opened. `openssl rand -base64 32` makes a new one.',
  );
}
