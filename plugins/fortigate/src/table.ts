// A table of an answer of any shape: which rows it has, which columns, and what type each column is.
import type { ColumnDef, ColumnDefs } from '@jackfield/sdk';
import { fieldsOf, type Fields } from './cells.ts';
import type { Envelope } from './envelope.ts';

/** A result has at most 100 columns: `vdom`, these, and one for all the rest. */
const MOST = 98;
const NAME_CHARACTERS = 60;

export interface Table {
  readonly columns: ColumnDefs;
  readonly rows: readonly Record<string, unknown>[];
}

/** At most `limit` rows; more are left out. */
export function tableOf(envelopes: readonly Envelope[], limit: number): Table {
  const items = envelopes
    .flatMap(({ vdom, results }) => itemsOf(results).map((fields) => ({ vdom, fields })))
    .slice(0, limit);
  const keys = [...new Set(items.flatMap(({ fields }) => Object.keys(fields)))];
  const [own, rest] = [keys.slice(0, MOST), keys.slice(MOST)];
  const names = namesFor(own);
  const types = own.map((key) => typeOf(items.map(({ fields }) => fields[key])));
  const columns: Record<string, ColumnDef> = { vdom: { type: 'string', label: 'VDOM' } };
  for (const [index, key] of own.entries()) {
    columns[names[index] ?? key] = { type: types[index] ?? 'json', label: key.slice(0, 80) };
  }
  if (rest.length > 0) columns['rest'] = { type: 'json', label: 'Further fields' };
  const rows = items.map(({ vdom, fields }) => {
    const row: Record<string, unknown> = { vdom };
    for (const [index, key] of own.entries()) row[names[index] ?? key] = cellOf(types[index] ?? 'json', fields[key]);
    if (rest.length > 0) row['rest'] = Object.fromEntries(rest.map((key) => [key, fields[key]]));
    return row;
  });
  return { columns, rows };
}

/** An array's items, a map's entries with their `key`, or the one object that it is. What is no object is a `value`. */
function itemsOf(results: unknown): readonly Fields[] {
  if (results === undefined || results === null) return [];
  if (Array.isArray(results)) return results.map((item) => fieldsOf(item) ?? { value: item });
  const fields = fieldsOf(results);
  if (fields === null) return [{ value: results }];
  const entries = Object.entries(fields);
  if (entries.length === 0) return [];
  const isMap = entries.every(([, value]) => fieldsOf(value) !== null);
  return isMap ? entries.map(([key, value]) => ({ key, ...fieldsOf(value) })) : [fields];
}

/** Column names are letters, digits and underscores: `wizard-type` is `wizard_type`, `1_week` is `f_1_week`. */
function namesFor(keys: readonly string[]): readonly string[] {
  // On an object these mean something else than a member; the last two are columns of their own.
  const taken = new Set(['constructor', 'prototype', 'vdom', 'rest']);
  return keys.map((key) => {
    const plain = key.replaceAll(/[^a-zA-Z0-9_]/g, '_');
    const base = (/^[a-zA-Z]/.test(plain) ? plain : `f_${plain}`).slice(0, NAME_CHARACTERS - 4);
    let name = base;
    for (let count = 2; taken.has(name); count += 1) name = `${base}_${count}`;
    taken.add(name);
    return name;
  });
}

/** Numbers that are text in some rows make a column of text. */
function typeOf(values: readonly unknown[]): ColumnDef['type'] {
  const kinds = new Set(values.filter((value) => value !== undefined && value !== null).map((value) => typeof value));
  if (kinds.has('object')) return 'json';
  const [kind] = kinds;
  return kinds.size === 1 && (kind === 'number' || kind === 'boolean') ? kind : 'string';
}

function cellOf(type: ColumnDef['type'], value: unknown): unknown {
  // JSON can write numbers that are too large for a double.
  if (value === undefined || value === null || value === Infinity || value === -Infinity) return null;
  return type === 'string' && typeof value !== 'string' ? JSON.stringify(value) : value;
}
