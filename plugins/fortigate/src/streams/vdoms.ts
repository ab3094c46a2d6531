// What a stream remembers of the VDOMs it has read, and how it tells a VDOM that is gone from one that is hidden.
import type { Cursor } from '@jackfield/sdk';
import type { Ctx } from '../config.ts';
import { fieldsOf, numberOf, type Fields } from '../cells.ts';
import { readOptional } from '../device.ts';
import { vdomOf, type Envelope } from '../envelope.ts';
import { deviceScope } from '../vdom.ts';

/** The VDOMs that answered last time, and how many the device had then by its own count. */
export interface Vdoms {
  readonly names: readonly string[];
  readonly used: number | null;
}

export function parseVdoms(cursor: Cursor): Vdoms {
  const fields = cursorFields(cursor);
  const names = Array.isArray(fields['vdoms']) ? fields['vdoms'].filter((name) => typeof name === 'string') : [];
  return { names, used: numberOf(fields['used']) };
}

/** A cursor's members; none when it is of another shape. */
export function cursorFields(cursor: Cursor): Fields {
  return fieldsOf(cursor) ?? {};
}

interface Told {
  readonly envelopes: readonly Envelope[];
  readonly refused: readonly string[];
}

/**
 * What to remember next, and the VDOMs that were removed from the device. A VDOM that leaves the api-user's list vanishes from an
 * answer just as a removed one does, and asked for by name both are refused; but the device counts its VDOMs for the licence, and
 * that number only falls when one is removed. Without that proof the rows stay.
 */
export async function watchVdoms(
  ctx: Ctx,
  before: Vdoms,
  { envelopes, refused }: Told,
): Promise<{ readonly vdoms: Vdoms; readonly removed: readonly string[] }> {
  const names = [...new Set([...envelopes.map(vdomOf), ...refused])];
  const missing = before.names.filter((name) => !names.includes(name));
  const isSame = missing.length === 0 && names.length === before.names.length;
  if (isSame) return { vdoms: before, removed: [] };
  const used = await countVdoms(ctx);
  const fell = before.used === null || used === null ? 0 : before.used - used;
  const removed = missing.length > 0 && fell >= missing.length ? missing : [];
  if (removed.length < missing.length) {
    ctx.log.warn('VDOMs no longer answer; their rows stay, for they may only be hidden', { vdoms: missing.join(',') });
  }
  return { vdoms: { names, used }, removed };
}

async function countVdoms(ctx: Ctx): Promise<number | null> {
  const [envelope] = await readOptional(ctx, { path: 'monitor/license/status', scope: deviceScope(ctx) });
  return numberOf(fieldsOf(fieldsOf(envelope?.results)?.['vdom'])?.['used']);
}
