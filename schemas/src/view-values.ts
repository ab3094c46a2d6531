// Which values a column can be compared with: checked before the database sees them, so that it has nothing to refuse.
import type { Column } from './generated.ts';

const EXPECTED: Readonly<Record<Column['type'], string>> = {
  string: 'text without NUL',
  integer: 'a number',
  number: 'a number',
  boolean: 'true or false',
  date: 'a date, YYYY-MM-DD',
  datetime: 'a time, RFC 3339 with an offset',
  json: 'null only',
};

/** Why a column cannot be compared with the value; undefined when it can. */
export function valueFault(value: unknown, { name, type }: Column): string | undefined {
  return fits(value, type) ? undefined : `column "${name}" is compared with ${EXPECTED[type]}`;
}

const DATE = /^\d{4}-\d\d-\d\d$/;
const DATETIME = /^(\d{4}-\d\d-\d\d)[Tt ]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/;

function fits(value: unknown, type: Column['type']): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string' && !value.includes('\0') && value.isWellFormed();
    case 'integer':
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'date':
      return typeof value === 'string' && DATE.test(value) && isDay(value);
    case 'datetime': {
      const day = typeof value === 'string' ? DATETIME.exec(value)?.[1] : undefined;
      return day !== undefined && isDay(day) && !Number.isNaN(Date.parse(String(value)));
    }
    case 'json':
      return false;
  }
}

/** Date.parse takes 31 February for the third of March. The year 0 is no year to PostgreSQL. */
function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && !text.startsWith('0000') && new Date(time).toISOString().startsWith(text);
}

interface Schema {
  readonly type?: unknown;
  readonly format?: unknown;
  readonly items?: unknown;
}

/** Why a param with this schema cannot be compared with the column; undefined when its values can be. */
export function paramFault(schema: Schema, { name, type }: Column, isList: boolean): string | undefined {
  if (isList) {
    if (schema.type !== 'array') return 'must be a list for in';
    const { items } = schema;
    return paramFault(typeof items === 'object' && items !== null ? items : {}, { name, type }, false);
  }
  return holds(schema, type) ? undefined : `cannot be compared with column "${name}", which needs ${EXPECTED[type]}`;
}

function holds({ type, format }: Schema, column: Column['type']): boolean {
  switch (column) {
    case 'string':
      return type === 'string';
    case 'integer':
    case 'number':
      return type === 'integer' || type === 'number';
    case 'boolean':
      return type === 'boolean';
    case 'date':
      return type === 'string' && format === 'date';
    case 'datetime':
      return type === 'string' && format === 'date-time';
    case 'json':
      return false;
  }
}
