// A widget's params: what is wrong with them when it is saved, and what the dashboard's time range makes of them when it is shown.
import type { ManifestQuery } from '@jackfield/schemas';
import type { ValidateFunction } from 'ajv';
import { FillError, parseTemplate } from '../clients/index.ts';
import type { FieldError } from '../errors.ts';
import { compileSchema, escapePointer, toFieldErrors } from '../schema.ts';

type Params = Readonly<Record<string, unknown>>;

const compiled = new WeakMap<ManifestQuery, ValidateFunction>();

/**
 * Faults of the params, with pointers below `/params`. Text with a placeholder is judged when its value is known, once per instance;
 * a placeholder that can never have one is a fault now.
 */
export function paramsErrors(query: ManifestQuery, params: Params): FieldError[] {
  const open = new Set<string>();
  const faults: FieldError[] = [];
  for (const { text, pointer } of textsOf(params, '/params')) {
    try {
      if (parseTemplate(text).some((part) => 'parameter' in part)) open.add(pointer);
    } catch (error) {
      if (!(error instanceof FillError)) throw error;
      faults.push({ pointer, message: error.message });
    }
  }
  let validate = compiled.get(query);
  if (validate === undefined) compiled.set(query, (validate = compileSchema(query.params)));
  if (validate(structuredClone(params))) return faults;
  return [...faults, ...toFieldErrors(validate.errors, '/params').filter(({ pointer }) => !open.has(pointer))];
}

/** Every text in a value, at any depth. */
function* textsOf(value: unknown, at: string): Generator<{ readonly text: string; readonly pointer: string }> {
  if (typeof value === 'string') yield { text: value, pointer: at };
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) yield* textsOf(item, `${at}/${escapePointer(key)}`);
}

/** The param of a query that says how many days it looks back. */
const DAYS = 'days';

export function takesDays({ params }: ManifestQuery): boolean {
  return Object.hasOwn(params.properties, DAYS);
}

/**
 * The params with the time range laid over them, when the query has a number param `days` and the widget has not set its own.
 * A range beyond what the query takes becomes the nearest that it takes.
 */
export function withTimeRange(query: ManifestQuery, params: Params, own: Params, days: number | null): Params {
  const schema = takesDays(query) ? query.params.properties[DAYS] : undefined;
  if (days === null || schema === undefined || Object.hasOwn(own, DAYS)) return params;
  const { type, minimum = days, maximum = days } = schema as { type?: unknown; minimum?: number; maximum?: number };
  if (type !== 'integer' && type !== 'number') return params;
  return { ...params, [DAYS]: Math.min(Math.max(days, minimum), maximum) };
}
