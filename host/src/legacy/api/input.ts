// What clients of the old API send: either spelling, or both at once when they send back what they were answered.
import { isDeepStrictEqual } from 'node:util';
import { type FieldError, Problem } from '../../errors.ts';
import { isObject } from '../../merge-patch.ts';
import { assertPlainJson } from '../../plain-json.ts';
import type { Values } from '../old-rows.ts';
import { jsonOf } from '../rows.ts';
import { camelCase, type Cell, type OldTable } from './tables.ts';

/** Longer than any name, address or path that an old table had. */
const LONGEST = 8000;
const MOST = 2_147_483_647;

/**
 * The columns that were sent and are not as they are shown: what is sent back as it was answered changes nothing. Members that are no
 * column are let by, as they were.
 * @throws Problem `config_invalid`
 */
export function readInput(table: OldTable, body: unknown, shown?: Values): Values {
  assertPlainJson(body);
  const sent = isObject(body) ? body : {};
  const values: Record<string, unknown> = {};
  const errors: FieldError[] = [];
  for (const [column, cell] of Object.entries(table.columns)) {
    const names = [...new Set([column, camelCase(column)])].filter((name) => Object.hasOwn(sent, name));
    const read = names.map((name) => ({ name, ...cellOf(sent[name], cell) }));
    errors.push(
      ...read.flatMap(({ name, fault }) => (fault === undefined ? [] : [{ pointer: `/${name}`, message: fault }])),
    );
    const changed = read.filter(
      ({ value }) => !(shown !== undefined && isDeepStrictEqual(value, shown[column] ?? null)),
    );
    const [first, second] = changed;
    if (first === undefined) continue;
    if (second !== undefined && !isDeepStrictEqual(first.value, second.value))
      errors.push({ pointer: `/${second.name}`, message: `says something else than ${first.name}` });
    values[column] = first.value;
  }
  if (shown === undefined) errors.push(...missing(table, values));
  else errors.push(...emptied(table, values));
  if (errors.length > 0) throw invalid(table, errors);
  return values;
}

export function invalid({ noun }: Pick<OldTable, 'noun'>, errors: readonly FieldError[], next?: string): Problem {
  return new Problem('config_invalid', `the ${noun} is not valid`, { errors, ...(next === undefined ? {} : { next }) });
}

interface Read {
  readonly value: unknown;
  readonly fault?: string;
}

function cellOf(value: unknown, cell: Cell): Read {
  if (value === null) return { value };
  switch (cell) {
    case 'text':
      if (typeof value === 'number' && Number.isFinite(value)) return { value: String(value) };
      if (typeof value !== 'string') return { value: null, fault: 'must be string' };
      return value.length > LONGEST ? { value: null, fault: `must have at most ${LONGEST} characters` } : { value };
    case 'integer': {
      const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
      const isFine = typeof number === 'number' && Number.isInteger(number) && number >= 0 && number <= MOST;
      return isFine ? { value: number } : { value: null, fault: 'must be integer' };
    }
    case 'boolean':
      return typeof value === 'boolean' ? { value } : { value: null, fault: 'must be boolean' };
    case 'json': {
      const json = jsonOf(value);
      return typeof json === 'object' ? { value: json } : { value: null, fault: 'must be object' };
    }
  }
}

function missing({ required }: OldTable, values: Values): FieldError[] {
  return required
    .filter((column) => values[column] === undefined || values[column] === null || values[column] === '')
    .map((column) => ({ pointer: `/${column}`, message: 'is required' }));
}

function emptied({ required }: OldTable, values: Values): FieldError[] {
  return required
    .filter((column) => Object.hasOwn(values, column) && (values[column] === null || values[column] === ''))
    .map((column) => ({ pointer: `/${column}`, message: 'is required' }));
}
