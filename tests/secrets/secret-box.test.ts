import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../host/src/errors.ts';
import { createMasterKey, fixedKeys } from '../../host/src/secrets/index.ts';
import { createSealer, openSealed, type SealedSecret, type SecretPlace } from '../../host/src/secrets/secret-box.ts';

const KEY = { id: 'dk-1', key: createSecretKey(Buffer.alloc(32, 1)) };
const STORED = { id: 'dk-1', clientId: 'acme', masterKeyId: 'm', wrapped: 'x', destroyedAt: null };
const masters = fixedKeys([createMasterKey(Buffer.alloc(32, 9))]);
const sealer = createSealer(KEY);
const open = (place: SecretPlace, { ciphertext, reference }: Pick<SealedSecret, 'ciphertext' | 'reference'>): string =>
  openSealed(masters, () => KEY, place, { ciphertext, reference, key: STORED });

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
  test('gives back every secret and every reference as it was', () => {
    fc.assert(
      fc.property(place, text, (where, secret) => {
        expect(open(where, sealer.seal(where, secret))).toBe(secret);
        expect(open(where, sealer.sealReference(where, secret))).toBe(secret);
      }),
    );
  });

  test('seals the same secret differently each time, and never leaves it readable', () => {
    fc.assert(
      fc.property(place, fc.string({ minLength: 6 }), (where, secret) => {
        const sealed = [sealer.seal(where, secret).ciphertext, sealer.seal(where, secret).ciphertext];
        expect(sealed[0]).not.toBe(sealed[1]);
        expect(sealed.join()).not.toContain(secret);
      }),
    );
  });

  test('opens in no other place, also when the names run together the same', () => {
    fc.assert(
      fc.property(place, place, text, (where, elsewhere, secret) => {
        fc.pre(where.instanceId !== elsewhere.instanceId || where.field !== elsewhere.field);
        expect(refusal(() => open(elsewhere, sealer.seal(where, secret)))).toContain('sealed for another field');
      }),
    );
    const sealed = sealer.seal({ instanceId: 'ab', field: 'c' }, 'secret');
    expect(refusal(() => open({ instanceId: 'a', field: 'bc' }, sealed))).toContain('sealed for another field');
  });

  test('takes no secret for a reference, no reference for a secret, and no reference for another', () => {
    const where = { instanceId: 'acme', field: 'token' };
    const forged = [
      { ...sealer.seal(where, 'env:MINE'), reference: 'env:MINE' },
      { ...sealer.sealReference(where, 'env:MINE'), reference: null },
      { ...sealer.sealReference(where, 'env:MINE'), reference: 'env:OTHER' },
    ];
    for (const sealed of forged) expect(refusal(() => open(where, sealed))).toContain('was changed');
  });

  test('refuses what was changed or cut anywhere, and says nothing of the secret', () => {
    const where = { instanceId: 'acme', field: 'token' };
    fc.assert(
      fc.property(text, fc.nat(), fc.integer({ min: 1, max: 127 }), fc.boolean(), (secret, position, bits, cut) => {
        const { ciphertext } = sealer.seal(where, secret);
        const at = position % ciphertext.length;
        const changed = String.fromCharCode(ciphertext.charCodeAt(at) ^ bits);
        const damaged = cut ? ciphertext.slice(0, at) : ciphertext.slice(0, at) + changed + ciphertext.slice(at + 1);
        // Base64 has spellings that mean the same bytes; those are no damage.
        const body = (value: string): string => Buffer.from(value.split('.')[2] ?? '', 'base64url').toString('hex');
        fc.pre(damaged.split('.', 2).join() !== ciphertext.split('.', 2).join() || body(damaged) !== body(ciphertext));
        const message = refusal(() => open(where, { ciphertext: damaged, reference: null }));
        expect(message).toMatch(/^the secret "token" of instance "acme" cannot be opened: /);
      }),
    );
  });

  test('names the key that is missing, or was destroyed', () => {
    const where = { instanceId: 'acme', field: 'token' };
    const { ciphertext } = sealer.seal(where, 'secret');
    const stored = { ciphertext, reference: null };
    const openWith = (key: typeof STORED | null): string =>
      refusal(() => openSealed(masters, () => KEY, where, { ...stored, key }));
    expect(openWith(null)).toContain('there is no data key dk-1');
    expect(openWith({ ...STORED, id: 'dk-2' })).toContain('there is no data key dk-1');
    const destroyed = { ...STORED, wrapped: null, destroyedAt: '2026-01-02' } as unknown as typeof STORED;
    expect(openWith(destroyed)).toBe(
      'the secret "token" of instance "acme" is gone: the keys of client "acme" were destroyed on 2026-01-02',
    );
    const old = { ciphertext: ciphertext.replace('v2.dk-1', 'v1.0123456789abcdef'), reference: null, key: null };
    expect(refusal(() => openSealed(masters, () => KEY, where, old))).toContain(
      `sealed with the master key 0123456789abcdef, this host has ${masters.current.id}`,
    );
  });
});
