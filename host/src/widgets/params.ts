// A widget's params: what is wrong with them when it is saved, and what the dashboard's time range makes of them when it is shown.
import type { ManifestQuery } from '@jackfield/schemas';
import type { ValidateFunction } from 'ajv';
import type { FieldError } from '../errors.ts';
import { compileSchema, escapePointer, toFieldErrors } from '../schema.ts';

type Params = Readonly<Record<string, unknown>>;

/** Stands for a parameter of the instance's client; its value is known when the query runs, once per instance. */
const PLACEHOLDER = /\$\{client\./;

const compiled = new WeakMap<ManifestQuery, ValidateFunction>();

/** Faults of the params, with pointers below `/params`. Text with a placeholder is judged when its value is known. */
export function paramsErrors(query: ManifestQuery, params: Params): FieldError[] {
  let validate = compiled.get(query);
  if (validate === undefined) compiled.set(query, (validate = compileSchema(query.params)));
  if (validate(structuredClone(params))) return [];
  const open = placesOfPlaceholders(params, '/params');
  return toFieldErrors(validate.errors, '/params').filter(({ pointer }) => !open.has(pointer));
}

/** Pointers to every text that holds a placeholder. */
function placesOfPlaceholders(value: unknown, at: string, found: Set<string> = new Set()): ReadonlySet<string> {
  if (typeof value === 'string' && PLACEHOLDER.test(value)) found.add(at);
  if (typeof value !== 'object' || value === null) return found;
  for (const [key, item] of Object.entries(value)) placesOfPlaceholders(item, `${at}/${escapePointer(key)}`, found);
  return found;
}

/** The param of a query that says how many days it looks back. */
const DAYS = 'days';

/**
 * The params with the time range laid over them, when the query has a number param `days` and the widget has not set its own.
 * A range beyond what the query takes becomes the nearest that it takes.
 */
export function withTimeRange(query: ManifestQuery, params: Params, own: Params, days: number | null): Params {
  const schema = Object.hasOwn(query.params.properties, DAYS) ? query.params.properties[DAYS] : undefined;
  if (days === null || schema === undefined || Object.hasOwn(own, DAYS)) return params;
  const { type, minimum = days, maximum = days } = schema as { type?: unknown; minimum?: number; maximum?: number };
  if (type !== 'integer' && type !== 'number') return params;
  return { ...params, [DAYS]: Math.min(Math.max(days, minimum), maximum) };
}
