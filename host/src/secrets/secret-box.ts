// Seals secrets. What is sealed for one field of one instance opens nowhere else, and a reference is never taken for a secret.
import type { KeyObject } from 'node:crypto';
import { Problem } from '../errors.ts';
import { decrypt, encrypt } from './cipher.ts';
import type { MasterKeys } from './master-keys.ts';

/** Whose secret it is. */
export interface SecretPlace {
  readonly instanceId: string;
  readonly field: string;
}

/** A data key as it is stored. */
export interface StoredKey {
  readonly id: string;
  readonly clientId: string | null;
  readonly masterKeyId: string;
  /** Null: it was destroyed. */
  readonly wrapped: string | null;
  /** The day, YYYY-MM-DD. */
  readonly destroyedAt: string | null;
}

/** A secret as it is stored, with the key that it was sealed with. */
export interface StoredSecret {
  /** `v2.<data key id>.<sealed>`, of older hosts `v1.<master key id>.<sealed>` */
  readonly ciphertext: string;
  /** Where the secret is, when it is not kept here: what is sealed is then this text. */
  readonly reference: string | null;
  /** Null: there is no data key of that id. */
  readonly key: StoredKey | null;
}

export interface SealedSecret {
  readonly field: string;
  readonly keyId: string;
  readonly ciphertext: string;
  readonly reference: string | null;
}

/** A data key, unwrapped. */
export interface DataKey {
  readonly id: string;
  readonly key: KeyObject;
}

export interface Sealer {
  readonly keyId: string;
  seal(place: SecretPlace, secret: string): SealedSecret;
  /** Only where the secret is. */
  sealReference(place: SecretPlace, reference: string): SealedSecret;
}

export function createSealer({ id, key }: DataKey): Sealer {
  const seal = (place: SecretPlace, text: string, reference: string | null): SealedSecret => {
    const sealed = encrypt(key, placeOf(id, place, reference), Buffer.from(text));
    return { field: place.field, keyId: id, ciphertext: `v2.${id}.${sealed}`, reference };
  };
  return {
    keyId: id,
    seal: (place, secret) => seal(place, secret, null),
    sealReference: (place, reference) => seal(place, reference, reference),
  };
}

/** The secret, or its reference. @throws Problem when it cannot be opened. */
export function openSealed(
  keys: MasterKeys,
  unwrap: (key: StoredKey) => DataKey,
  place: SecretPlace,
  { ciphertext, reference, key }: StoredSecret,
): string {
  const [version, keyId = '', sealed = '', ...rest] = ciphertext.split('.');
  if ((version !== 'v1' && version !== 'v2') || rest.length > 0 || sealed === '') {
    throw unreadable(place, 'it is not in a form that this version of the host knows');
  }
  if (version === 'v1') {
    const master = keys.find(keyId);
    if (master === undefined) {
      throw unreadable(place, `it was sealed with the master key ${keyId}, this host has ${keys.ids.join(', ')}`);
    }
    return text(place, decrypt(master.key, ['v1', keyId, place.instanceId, place.field], sealed));
  }
  if (key?.id !== keyId) throw unreadable(place, `there is no data key ${keyId}`);
  if (key.wrapped === null) throw shredded(place, key);
  return text(place, decrypt(unwrap(key).key, placeOf(keyId, place, reference), sealed));
}

function placeOf(keyId: string, { instanceId, field }: SecretPlace, reference: string | null): (string | null)[] {
  return ['v2', keyId, instanceId, field, reference];
}

function text(place: SecretPlace, opened: Buffer | undefined): string {
  if (opened === undefined) throw unreadable(place, 'it was changed, or sealed for another field or instance');
  return opened.toString('utf8');
}

function unreadable({ instanceId, field }: SecretPlace, reason: string): Problem {
  return new Problem('internal', `the secret "${field}" of instance "${instanceId}" cannot be opened: ${reason}`, {
    next: 'Start the host with the master key it had before, or set the secret again.',
    instanceId,
  });
}

function shredded({ instanceId, field }: SecretPlace, { clientId, destroyedAt }: StoredKey): Problem {
  const whose = clientId === null ? 'the instances without a client' : `client "${clientId}"`;
  return new Problem(
    'config_invalid',
    `the secret "${field}" of instance "${instanceId}" is gone: the keys of ${whose} were destroyed on ${destroyedAt}`,
    {
      next: 'Set the secret again.',
      errors: [{ pointer: `/config/${field}`, message: 'cannot be opened ever again: its key was destroyed' }],
      instanceId,
    },
  );
}
