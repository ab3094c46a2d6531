// Seals secrets with AES-256-GCM. What is sealed for one field of one instance opens nowhere else.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Problem } from '../errors.ts';
import type { MasterKey } from './master-key.ts';

const VERSION = 'v1';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** Whose secret it is. */
export interface SecretPlace {
  readonly instanceId: string;
  readonly field: string;
}

export interface SecretBox {
  readonly keyId: string;
  /** `v1.<key id>.<base64url of IV, ciphertext and tag>` */
  seal(place: SecretPlace, secret: string): string;
  /** Throws a Problem when the key is another, or the text was changed or belongs elsewhere. */
  open(place: SecretPlace, sealed: string): string;
}

export function createSecretBox({ id, key }: MasterKey): SecretBox {
  return {
    keyId: id,
    seal(place, secret) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(associatedData(place, id));
      const bytes = Buffer.concat([iv, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return `${VERSION}.${id}.${bytes.toString('base64url')}`;
    },
    open(place, sealed) {
      const [version, keyId, body, ...rest] = sealed.split('.');
      if (version !== VERSION || keyId === undefined || body === undefined || rest.length > 0) {
        throw unreadable(place, 'it is not in a form that this version of the host knows');
      }
      if (keyId !== id) throw unreadable(place, `it was sealed with the master key ${keyId}, this host has ${id}`);
      const bytes = Buffer.from(body, 'base64url');
      if (bytes.length < IV_BYTES + TAG_BYTES) throw unreadable(place, 'it is truncated');
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(associatedData(place, id));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]).toString(
          'utf8',
        );
      } catch (cause) {
        throw unreadable(place, 'it was changed, or sealed for another field or instance', cause);
      }
    },
  };
}

function associatedData({ instanceId, field }: SecretPlace, keyId: string): Buffer {
  return Buffer.from(JSON.stringify([VERSION, keyId, instanceId, field]));
}

function unreadable({ instanceId, field }: SecretPlace, reason: string, cause?: unknown): Problem {
  return new Problem('internal', `the secret "${field}" of instance "${instanceId}" cannot be opened: ${reason}`, {
    next: 'Start the host with the master key it had before, or set the secret again.',
    instanceId,
    cause,
  });
}
