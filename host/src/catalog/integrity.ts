import { createHash } from 'node:crypto';
import type { HostManifestEntry } from '@jackfield/schemas';
import type { Refusal } from '../kernel/index.ts';

/** Why these bytes are not the ones that the host manifest pins. */
export function integrityRefusal(entry: HostManifestEntry, bytes: Uint8Array): Refusal | undefined {
  if (entry.integrity === undefined) return undefined;
  const actual = integrityOf(bytes);
  if (actual === entry.integrity) return undefined;
  return {
    reason: `integrity is ${actual}, plugins.json pins ${entry.integrity}; correct it only if the new bytes are expected`,
    pointer: '/integrity',
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** As npm writes it: `sha512-…`. */
export function integrityOf(bytes: Uint8Array): string {
  return `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
}
