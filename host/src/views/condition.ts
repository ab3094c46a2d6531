// The conditions of a view as SQL. Values are bound as parameters: as text, which both drivers send alike and the database reads as
// what the column is. That they fit has been checked.
import { type Column, valueFault, type ViewCondition } from '@jackfield/schemas';
import { type RawBuilder, sql } from 'kysely';
import { type FieldError, Problem } from '../errors.ts';
import { comparable, typeOf } from '../sync/index.ts';
import type { Output } from './cell.ts';
import { type Reach, ZONE } from './reach.ts';

export type Params = Readonly<Record<string, unknown>>;

const COMPARISONS = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const;

/** Ten years: as far as a manifest may look. */
const FARTHEST_MS = 315_360_000_000;

/** All of them, with these params. @throws Problem `params_invalid` for a value that its column cannot be compared with. */
export function allOf(
  conditions: readonly ViewCondition[] | undefined,
  reach: Reach,
  params: Params,
): RawBuilder<unknown>[] {
  return (conditions ?? []).flatMap((condition) => {
    const output = reach.outputs.get(condition.column);
    return output === undefined ? [] : (conditionOf(condition, output, params) ?? []);
  });
}

/** Undefined when it is on a param that is not given. */
function conditionOf(condition: ViewCondition, output: Output, params: Params): RawBuilder<unknown> | undefined {
  const { op } = condition;
  const { column, value } = output;
  if (op === 'null') return sql`${value} is null`;
  if (op === 'notNull') return sql`${value} is not null`;
  const operands = operandsOf(condition, column, params);
  if (operands === undefined) return undefined;
  const [first] = operands;
  if (op === 'in') return first === undefined ? sql`false` : sql`${value} in (${sql.join(operands)})`;
  switch (op) {
    case 'eq':
      return sql`${value} = ${first}`;
    case 'ne':
      // A null is something else than any value.
      return sql`${value} is distinct from ${first}`;
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      return sql`${comparable(column, value)} ${sql.raw(COMPARISONS[op])} ${first}`;
  }
}

function operandsOf(condition: ViewCondition, column: Column, params: Params): RawBuilder<unknown>[] | undefined {
  const { value, param, agoMs, ago } = condition;
  if (agoMs !== undefined) return [momentOf(column, agoMs)];
  if (ago !== undefined) {
    const units = params[ago.param];
    return units === undefined ? undefined : [momentOf(column, checkedMs(Number(units) * ago.unitMs, ago.param))];
  }
  const given = param === undefined ? value : params[param];
  if (given === undefined) return undefined;
  const values: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (param !== undefined) assertFit(values, column, param);
  return values.map((item) => sql`${String(item)}::text::${sql.raw(typeOf(column))}`);
}

/** The database's clock: it is also the one that says when a row was synced. */
function momentOf({ type }: Column, agoMs: number): RawBuilder<unknown> {
  const span = sql`${String(agoMs)}::text::double precision * interval '1 millisecond'`;
  // By the wall clock: days have 23 hours and 25.
  return type === 'date' ? sql`((now() at time zone ${ZONE}) - ${span})::date` : sql`(now() - ${span})`;
}

function assertFit(values: readonly unknown[], column: Column, param: string): void {
  const message = values.map((item) => valueFault(item, column)).find((fault) => fault !== undefined);
  if (message !== undefined) throw unfit({ pointer: `/params/${param}`, message });
}

function checkedMs(ms: number, param: string): number {
  if (Math.abs(ms) <= FARTHEST_MS) return ms;
  throw unfit({ pointer: `/params/${param}`, message: 'is more than ten years from now' });
}

function unfit(error: FieldError): Problem {
  return new Problem('params_invalid', `${error.pointer} ${error.message}`, { errors: [error] });
}
