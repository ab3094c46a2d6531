import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../host/src/errors.ts';
import { createMasterKey } from '../../host/src/instances/master-key.ts';
import { createSecretBox, type SecretPlace } from '../../host/src/instances/secret-box.ts';

const box = createSecretBox(createMasterKey(Buffer.alloc(32, 1)));
const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });
const place = fc.record<SecretPlace>({ instanceId: text, field: text });

function refusal(open: () => string): string {
  try {
    open();
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
  throw new Error('it was opened');
}

describe('a secret box', () => {
  test('gives back every secret as it was', () => {
    fc.assert(
      fc.property(place, text, (where, secret) => {
        expect(box.open(where, box.seal(where, secret))).toBe(secret);
      }),
    );
  });

  test('seals the same secret differently each time, and never leaves it readable', () => {
    fc.assert(
      fc.property(place, fc.string({ minLength: 6 }), (where, secret) => {
        const sealed = [box.seal(where, secret), box.seal(where, secret)];
        expect(sealed[0]).not.toBe(sealed[1]);
        expect(sealed.join()).not.toContain(secret);
      }),
    );
  });

  test('opens in no other place, also when the names run together the same', () => {
    fc.assert(
      fc.property(place, place, text, (where, elsewhere, secret) => {
        fc.pre(where.instanceId !== elsewhere.instanceId || where.field !== elsewhere.field);
        expect(refusal(() => box.open(elsewhere, box.seal(where, secret)))).toContain('sealed for another field');
      }),
    );
    const sealed = box.seal({ instanceId: 'ab', field: 'c' }, 'secret');
    expect(refusal(() => box.open({ instanceId: 'a', field: 'bc' }, sealed))).toContain('sealed for another field');
  });

  test('refuses what was changed or cut anywhere, and says nothing of the secret', () => {
    const where = { instanceId: 'acme', field: 'token' };
    fc.assert(
      fc.property(text, fc.nat(), fc.integer({ min: 1, max: 127 }), fc.boolean(), (secret, position, bits, cut) => {
        const sealed = box.seal(where, secret);
        const at = position % sealed.length;
        const changed = String.fromCharCode(sealed.charCodeAt(at) ^ bits);
        const damaged = cut ? sealed.slice(0, at) : sealed.slice(0, at) + changed + sealed.slice(at + 1);
        // Base64 has spellings that mean the same bytes; those are no damage.
        const body = (value: string): string => Buffer.from(value.split('.')[2] ?? '', 'base64url').toString('hex');
        fc.pre(damaged.split('.', 2).join() !== sealed.split('.', 2).join() || body(damaged) !== body(sealed));
        const message = refusal(() => box.open(where, damaged));
        expect(message).toMatch(/^the secret "token" of instance "acme" cannot be opened: /);
      }),
    );
  });

  test('names both keys when it was sealed with another', () => {
    const other = createSecretBox(createMasterKey(Buffer.alloc(32, 2)));
    const where = { instanceId: 'acme', field: 'token' };
    const message = refusal(() => other.open(where, box.seal(where, 'secret')));
    expect(message).toContain(`sealed with the master key ${box.keyId}, this host has ${other.keyId}`);
  });
});
