// Rows whose cells are plain values, as V8 writes them best: each is copied, checked, into a fresh object that nobody else has, and whole
// objects take V8 half the time that their cells take. What is checked is what is sent, whatever a row's getters say the second time.
import { compileFunction } from 'node:vm';
import type { Column } from '@jackfield/schemas';
import { assertRowSize, cellReader, propertiesOf, ROW_CHARACTERS } from './cells.ts';
import { PluginMistake } from './faults.ts';

/** Appends the copy of a row, and returns about how many characters it will take. @throws PluginMistake when a cell does not fit its column. */
export type RowCopier = (row: unknown, copies: object[]) => number;

/** Of the names and types that a thread has seen: most ask for few tables, again and again. */
const KEPT = 100;
/** Of a cell that is no text, without its name. */
const CHARACTERS = 8;
/** That JSON makes of one, and of what is not counted beside it. */
const MOST_CHARACTERS = 6;

// Bound once: a plugin shares the realm.
const { stringify } = JSON;
const { rawJSON } = JSON as typeof JSON & { rawJSON(text: string): { readonly rawJSON: string } };
const toText = String;
const PROTOTYPES = [Object.prototype, Array.prototype] as const;

const known = new Map<string, RowCopier>();

/** Whether such rows can be copied: cells are no JSON of their own, and names mean nothing else to an object and stand in it as they were set. */
export function arePlain(columns: readonly Column[]): boolean {
  return columns.length > 0 && columns.every(({ name, type }) => type !== 'json' && isPlainName(name));
}

function isPlainName(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !(name in Object.prototype);
}

/** For columns that {@link arePlain}. Made once in a thread, so that V8 knows the code when the next run needs it. */
export function rowCopier(columns: readonly Column[]): RowCopier {
  const key = columns.map(({ name, type }) => `${type} ${name}`).join();
  const copier = known.get(key) ?? createCopier(columns);
  // The one that was used last comes last.
  known.delete(key);
  known.set(key, copier);
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  return copier;
}

type Read = (value: unknown) => unknown;

function createCopier(columns: readonly Column[]): RowCopier {
  const names = columns.map((_, index) => `read${index}`);
  const copy = compileFunction(codeOf(columns), names) as (
    ...reads: readonly Read[]
  ) => (values: object, copies: object[]) => number;
  const copyTo = copy(...columns.map(readerOf));
  return (row, copies) => {
    assertPlainPrototypes();
    const characters = copyTo(propertiesOf(row), copies);
    if (characters * MOST_CHARACTERS > ROW_CHARACTERS) assertRowSize(stringify(copies.at(-1)));
    return characters;
  };
}

/** V8 would ask it what to write, instead of the copies: some old libraries leave one. @throws PluginMistake */
function assertPlainPrototypes(): void {
  const [object, array] = PROTOTYPES;
  if ('toJSON' in object || 'toJSON' in array)
    throw new PluginMistake('Object.prototype or Array.prototype has a toJSON, so rows cannot be written: remove it');
}

/**
 * With the names in it, V8 finds the members of a row where those of the last one were: by their names it takes three times as long. Strict, so
 * that a getter which looks who called it finds neither the function nor the copies.
 */
function codeOf(columns: readonly Column[]): string {
  const cells = columns.map(
    ({ name }, index) => `
  let cell${index} = row.${name};
  if (cell${index} === undefined || cell${index} === null) cell${index} = null;
  else {
    cell${index} = read${index}(cell${index});
    if (typeof cell${index} === 'string') characters += cell${index}.length;
    else if (typeof cell${index} === 'object') characters += cell${index}.rawJSON.length;
  }`,
  );
  const least = columns.reduce((sum, { name }) => sum + name.length + CHARACTERS, 0);
  return `'use strict';
return (row, copies) => {
  let characters = ${least};${cells.join('')}
  copies.push({ ${columns.map(({ name }, index) => `${name}: cell${index}`).join(', ')} });
  return characters;
};`;
}

function readerOf(column: Column): Read {
  const read = cellReader(column);
  if (column.type !== 'integer') return read;
  return (value) => {
    const integer = read(value);
    // JSON of V8 has no such numbers.
    return typeof integer === 'bigint' ? rawJSON(toText(integer)) : integer;
  };
}
