// How the host knows that it is the vendor who sends. Every comparison takes the same time, however much of it is right.
import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ManifestRoute } from '@jackfield/schemas';
import type { Delivery } from './delivery.ts';

export type Verification = ManifestRoute['verify'][number];

/** The first whose secret is set decides; the others do not count. Undefined when none is. */
export function verificationOf(
  { verify }: ManifestRoute,
  secrets: ReadonlyMap<string, string>,
): { readonly verification: Verification; readonly secret: string } | undefined {
  for (const verification of verify) {
    const secret = secrets.get(verification.secret);
    if (secret !== undefined) return { verification, secret };
  }
  return undefined;
}

export function isVerified(verification: Verification, secret: string, delivery: Delivery): boolean {
  switch (verification.type) {
    case 'hmac-sha256':
      return isSigned(verification, secret, delivery);
    case 'secret': {
      const sent = sentSecret(verification, delivery);
      return sent !== undefined && timingSafeEqual(digest(sent), digest(secret));
    }
  }
}

const nobody = randomBytes(32);

/** The work of a verification when there is nothing to verify against: how long a refusal takes must not tell why. */
export function pretendToVerify({ body }: Delivery): void {
  createHmac('sha256', nobody).update(body).digest();
}

function isSigned(
  { header, prefix = '' }: Extract<Verification, { type: 'hmac-sha256' }>,
  secret: string,
  { headers, body }: Delivery,
): boolean {
  const expected = createHmac('sha256', secret).update(body).digest();
  const value = headers[header.toLowerCase()] ?? '';
  const signature = value.startsWith(prefix) ? value.slice(prefix.length) : '';
  return /^[0-9a-fA-F]{64}$/.test(signature) && timingSafeEqual(Buffer.from(signature, 'hex'), expected);
}

/** A parameter that is there twice could be read in two ways, so it counts as none. */
function sentSecret(
  { in: where, name }: Extract<Verification, { type: 'secret' }>,
  { headers, query }: Delivery,
): string | undefined {
  if (where === 'header') return headers[name.toLowerCase()];
  const [value, ...others] = query.getAll(name);
  return others.length === 0 ? value : undefined;
}

/** Of one length, which timingSafeEqual needs. */
function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
