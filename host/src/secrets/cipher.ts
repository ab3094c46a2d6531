// AES-256-GCM. What is sealed with some associated data opens with the same and with no other.
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Says where it belongs, so that it opens nowhere else. */
export type Associated = readonly (string | null)[];

/** Base64url of IV, ciphertext and tag. */
export function encrypt(key: KeyObject, associated: Associated, plain: Uint8Array): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(bytesOf(associated));
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url');
}

/** Undefined when the key is another, or it was changed, cut, or sealed with other associated data. */
export function decrypt(key: KeyObject, associated: Associated, sealed: string): Buffer | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < IV_BYTES + TAG_BYTES) return undefined;
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(bytesOf(associated));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    // What OpenSSL says of it is no more than that.
    return undefined;
  }
}

function bytesOf(associated: Associated): Buffer {
  return Buffer.from(JSON.stringify(associated));
}
