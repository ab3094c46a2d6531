import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../merge-patch.ts';
import type { Values } from '../old-rows.ts';

/** The JSON Merge Patch that makes `before` into `after`; undefined when they are the same. */
export function patchBetween(before: Values, after: Values): Values | undefined {
  const patch: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [before[name], after[name]];
    if (isDeepStrictEqual(was, is)) continue;
    if (is === undefined) patch[name] = null;
    else if (isObject(was) && isObject(is)) patch[name] = patchBetween(was, is);
    else patch[name] = is;
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}
