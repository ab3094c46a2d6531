// What a column promises, every row keeps: cells are checked where they are encoded, in the plugin's thread. A plugin that replaces what
// the checks call deceives itself alone: V8 still writes what it wants to send, so it stays one row of JSON.
import type { Column } from '@jackfield/schemas';
import { csvText } from './csv.ts';
import { PluginMistake } from './faults.ts';

/** A row larger than a whole batch is a mistake, and would be held in memory several times. */
export const ROW_CHARACTERS: number = 1024 * 1024;
const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const DATETIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

// Bound once: a plugin shares the realm.
const { stringify } = JSON;
const { isSafeInteger, isFinite: isFiniteNumber } = Number;
const { getTime, toISOString } = Date.prototype;
const { apply } = Reflect;
const toText = String;

/** @throws PluginMistake when it is no object. */
export function propertiesOf(row: unknown): Readonly<Record<string, unknown>> {
  if (typeof row !== 'object' || row === null) throw new PluginMistake(`a row must be an object (got ${kindOf(row)})`);
  return row as Record<string, unknown>;
}

/** @throws PluginMistake */
export function assertRowSize({ length }: string): void {
  if (length <= ROW_CHARACTERS) return;
  throw new PluginMistake(
    `a row has ${length} characters, the most is ${ROW_CHARACTERS}: split it or leave columns out`,
  );
}

type CellEncoder = (value: unknown) => string;

/** The plain text of a cell that is not null, JSON of a `json`. */
export function textReader(column: Column): CellEncoder {
  const read = cellReader(column);
  switch (column.type) {
    case 'string':
    case 'date':
    case 'datetime':
    case 'json':
      return read as CellEncoder;
    default:
      return (value) => toText(read(value));
  }
}

export function jsonCell(column: Column): CellEncoder {
  const read = cellReader(column);
  switch (column.type) {
    case 'integer':
    case 'number':
    case 'boolean':
      return (value) => toText(read(value));
    case 'string':
    case 'date':
    case 'datetime':
      return (value) => stringify(read(value));
    case 'json':
      return (value) => read(value) as string;
  }
}

export function csvCell(column: Column): CellEncoder {
  const read = cellReader(column);
  const isText = column.type === 'string' || column.type === 'json';
  return (value) => csvText(toText(read(value)), isText);
}

/** Checks a cell that is not null; `json` comes back as text. */
export function cellReader(column: Column): (value: unknown) => string | number | bigint | boolean {
  const refuse = (value: unknown, expected: string): never => {
    throw new PluginMistake(`column "${column.name}" must be ${expected} (got ${kindOf(value)})`);
  };
  switch (column.type) {
    case 'string':
      return (value) => {
        if (typeof value !== 'string') return refuse(value, 'a string');
        if (value.length > ROW_CHARACTERS) return refuse(value, `at most ${ROW_CHARACTERS} characters`);
        return value;
      };
    case 'integer':
      return (value) =>
        typeof value === 'bigint' || (typeof value === 'number' && isSafeInteger(value))
          ? value
          : refuse(value, 'an integer');
    case 'number':
      return (value) => (typeof value === 'number' && isFiniteNumber(value) ? value : refuse(value, 'a finite number'));
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : refuse(value, 'a boolean'));
    case 'date':
      return (value) => (typeof value === 'string' && DATE.test(value) ? value : refuse(value, 'a date, YYYY-MM-DD'));
    case 'datetime':
      return (value) => {
        if (value instanceof Date && isFiniteNumber(apply(getTime, value, []))) return apply(toISOString, value, []);
        return typeof value === 'string' && DATETIME.test(value)
          ? value
          : refuse(value, 'a Date or RFC 3339 text with an offset');
      };
    case 'json':
      return (value) => {
        let text: string | undefined;
        try {
          text = stringify(value);
        } catch {
          return refuse(value, 'JSON (it has a cycle or a value JSON lacks)');
        }
        return text ?? refuse(value, 'JSON');
      };
  }
}

/** Says what a value is without showing it: it may be a vendor's data. */
function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return Number.isFinite(value) ? 'a number' : String(value);
  if (typeof value === 'string') return `text of ${value.length} characters`;
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : typeof value;
}
