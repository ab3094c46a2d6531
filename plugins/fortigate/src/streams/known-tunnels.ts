// The tunnels that were listed last time, as the cursor keeps them.
import type { Cursor } from '@jackfield/sdk';
import { fieldsOf } from '../cells.ts';
import type { TunnelType } from '../rows/tunnels.ts';
import { cursorFields } from './vdoms.ts';

export interface Known {
  readonly name: string;
  readonly p2name: string;
  readonly p2serial: number;
  readonly type: TunnelType;
}

/** A cursor holds 64 KB; some are kept for its other members. */
const CHARACTERS = 40_000;
const LETTERS = { static: 's', template: 't', dialup: 'd' } as const satisfies Record<TunnelType, string>;

/**
 * Configured tunnels go in first: what is forgotten is deleted when it is not listed, which is right for a peer and only hasty for
 * a tunnel that is down.
 */
export function packTunnels(known: ReadonlyMap<string, readonly Known[]>): Cursor {
  const all = [...known].flatMap(([vdom, tunnels]) => tunnels.map((tunnel) => ({ vdom, ...tunnel })));
  const packed = new Map<string, Cursor[]>();
  let size = 0;
  for (const { vdom, name, p2name, p2serial, type } of all.sort((a, b) => rank(a) - rank(b))) {
    const entry: Cursor = [name, p2name, p2serial, LETTERS[type]];
    size += JSON.stringify(entry).length + 1;
    if (size > CHARACTERS) break;
    packed.set(vdom, [...(packed.get(vdom) ?? []), entry]);
  }
  return Object.fromEntries(packed);
}

function rank({ type }: Known): number {
  return type === 'dialup' ? 1 : 0;
}

export function parseTunnels(cursor: Cursor): Map<string, readonly Known[]> {
  const packed = fieldsOf(cursorFields(cursor)['tunnels']) ?? {};
  return new Map(
    Object.entries(packed).map(([vdom, list]) => [vdom, Array.isArray(list) ? list.flatMap(parseOne) : []]),
  );
}

function parseOne(entry: unknown): Known[] {
  const [name, p2name, p2serial, letter]: unknown[] = Array.isArray(entry) ? entry : [];
  const type = (Object.keys(LETTERS) as TunnelType[]).find((type) => LETTERS[type] === letter);
  if (typeof name !== 'string' || typeof p2name !== 'string' || typeof p2serial !== 'number' || type === undefined) {
    return [];
  }
  return [{ name, p2name, p2serial, type }];
}
