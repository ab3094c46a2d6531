// The rules of one condition of a view.
import type { Finding } from './finding.ts';
import type { Column, ObjectSchema, ViewCondition } from './generated.ts';
import { paramFault, valueFault } from './view-values.ts';

/** What a condition may name. */
export interface Named {
  readonly columns: readonly Column[];
  /** Of the query; undefined where there is none to take any. */
  readonly params: ObjectSchema | undefined;
}

export function conditionsFindings(
  conditions: readonly ViewCondition[] | undefined,
  named: Named,
  at: string,
): Finding[] {
  return (conditions ?? []).flatMap((condition, index) => conditionFindings(condition, named, `${at}/${index}`));
}

function conditionFindings(condition: ViewCondition, { columns, params }: Named, at: string): Finding[] {
  const { column: name, op, value, param, agoMs, ago } = condition;
  const column = columns.find((found) => found.name === name);
  if (column === undefined) {
    return [{ pointer: `${at}/column`, message: `names no column (got ${JSON.stringify(name)})` }];
  }
  const given = [value, param, agoMs, ago].filter((operand) => operand !== undefined).length;
  if (op === 'null' || op === 'notNull') return given === 0 ? [] : [{ pointer: at, message: `${op} takes no value` }];
  if (column.type === 'json') {
    return [{ pointer: `${at}/column`, message: `${name} holds JSON, which is compared with null only` }];
  }
  if (given !== 1) return [{ pointer: at, message: `${op} takes one value` }];
  if (value !== undefined) return valueFindings(value, column, op === 'in', `${at}/value`);
  if (param !== undefined) {
    const fault = withParam(params, param, (schema) => paramFault(schema, column, op === 'in'));
    return fault === undefined ? [] : [{ pointer: `${at}/param`, message: fault }];
  }
  return agoFindings(condition, column, params, at);
}

function agoFindings(
  { op, ago }: ViewCondition,
  { name, type }: Column,
  params: Named['params'],
  at: string,
): Finding[] {
  const pointer = ago === undefined ? `${at}/agoMs` : `${at}/ago`;
  if (op === 'in') return [{ pointer, message: 'is one moment; in takes a list of values' }];
  if (type !== 'date' && type !== 'datetime') return [{ pointer, message: `column "${name}" is no date or time` }];
  if (ago === undefined) return [];
  const fault = withParam(params, ago.param, numberFault);
  return fault === undefined ? [] : [{ pointer: `${pointer}/param`, message: fault }];
}

export function numberFault({ type }: { readonly type?: unknown }): string | undefined {
  return type === 'integer' || type === 'number' ? undefined : 'must be a number';
}

/** What is wrong with a param: that there is none of the name, or what `judge` says. */
export function withParam(
  params: Named['params'],
  name: string,
  judge: (schema: Record<string, unknown>) => string | undefined,
): string | undefined {
  const schema = params !== undefined && Object.hasOwn(params.properties, name) ? params.properties[name] : undefined;
  return schema === undefined ? `names no param (got ${JSON.stringify(name)})` : judge(schema);
}

function valueFindings(value: unknown, column: Column, isList: boolean, at: string): Finding[] {
  if (Array.isArray(value) !== isList) {
    return [{ pointer: at, message: isList ? 'must be a list' : 'must not be a list' }];
  }
  if (!isList) return findingsOf(valueFault(value, column), at);
  return (value as unknown[]).flatMap((item, index) => findingsOf(valueFault(item, column), `${at}/${index}`));
}

function findingsOf(message: string | undefined, pointer: string): Finding[] {
  return message === undefined ? [] : [{ pointer, message }];
}
