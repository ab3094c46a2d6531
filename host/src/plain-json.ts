// What comes from outside is taken apart with recursion, merged into objects and stored as jsonb. This refuses what would hurt there.
import { Problem } from './errors.ts';
import { escapePointer } from './schema.ts';

/** No vendor's config is nested deeper; recursion elsewhere relies on it. */
const MAX_DEPTH = 20;
/** Keys that reach an object's prototype. */
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Throws `config_invalid` unless the value is plain JSON that PostgreSQL can store. */
export function assertPlainJson(input: unknown): void {
  const open: { readonly value: unknown; readonly pointer: string; readonly depth: number }[] = [
    { value: input, pointer: '', depth: 0 },
  ];
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, pointer, depth } = next;
    if (typeof value === 'string') assertText(value, pointer);
    else if (typeof value === 'object' && value !== null) {
      if (depth === MAX_DEPTH) throw refused(pointer, `is nested deeper than ${MAX_DEPTH} levels`);
      assertPlainObject(value, pointer);
      for (const [key, child] of Object.entries(value)) {
        if (FORBIDDEN_KEYS.has(key)) throw refused(`${pointer}/${key}`, 'is a name that is not allowed');
        assertText(key, pointer);
        open.push({ value: child, pointer: `${pointer}/${escapePointer(key)}`, depth: depth + 1 });
      }
    } else if (value !== null && typeof value !== 'boolean' && !Number.isFinite(value)) {
      throw refused(pointer, 'is not a JSON value');
    }
  }
}

function assertPlainObject(value: object, pointer: string): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null || Array.isArray(value)) return;
  throw refused(pointer, 'is not a JSON value');
}

function assertText(text: string, pointer: string): void {
  if (text.includes('\0') || !text.isWellFormed()) {
    throw refused(pointer, 'holds a NUL or half a surrogate pair, which cannot be stored');
  }
}

function refused(pointer: string, message: string): Problem {
  return new Problem('config_invalid', 'the input is not plain JSON', { errors: [{ pointer, message }] });
}
