import type { Column } from '@jackfield/schemas';
import type { AnyQuery, Context } from '../define/types.ts';
import { PluginMistake } from './faults.ts';
import { watchNames } from './misspelt.ts';
import type { Output } from './perform.ts';
import type { Work } from './protocol.ts';
import { createRowBatch } from './row-batches.ts';

const MOST_COLUMNS = 100;
const NAME = /^[a-zA-Z][a-zA-Z0-9_]{0,59}$/;
const TYPES = new Set<unknown>(['string', 'integer', 'number', 'boolean', 'date', 'datetime', 'json']);
/** On an object literal these mean something else than a member. */
const UNSAFE = new Set(['constructor', 'prototype']);

export async function performQuery(
  query: AnyQuery<Record<string, unknown>>,
  work: Extract<Work, { kind: 'query' }>,
  context: Context,
  { rows, signal, announce, misspelt }: Output,
): Promise<void> {
  const tableOf = (columns: readonly Column[]) => ({
    batch: createRowBatch(columns, work.encoding),
    look: watchNames(columns, misspelt),
  });
  let table = work.columns === null ? undefined : tableOf(work.columns);
  for await (const batch of query.rows(context, work.params as never)) {
    if (table === undefined) {
      const columns = parseColumns(batch);
      announce(columns);
      table = tableOf(columns);
      continue;
    }
    for (const row of Array.isArray(batch) ? batch : [batch]) {
      table.look(row);
      if (rows.write(row, table.batch)) await rows.flushed();
      signal.throwIfAborted();
    }
  }
  if (table === undefined) announce([]);
  await rows.flushed();
}

function parseColumns(step: unknown): Column[] {
  const { step: kind, columns } = (typeof step === 'object' && step !== null ? step : {}) as Record<string, unknown>;
  if (kind !== 'columns' || typeof columns !== 'object' || columns === null) {
    throw new PluginMistake('the first thing it yields must be columns({ … })');
  }
  const entries = Object.entries(columns as Record<string, Partial<Column> | null>);
  if (entries.length > MOST_COLUMNS) {
    throw new PluginMistake(`it names ${entries.length} columns, the most is ${MOST_COLUMNS}`);
  }
  return entries.map(([name, column]) => {
    if (!NAME.test(name) || UNSAFE.has(name)) {
      throw new PluginMistake(`a column's name must be letters, digits and underscores (got ${JSON.stringify(name)})`);
    }
    if (column === null || !TYPES.has(column.type)) throw new PluginMistake(`column "${name}" has no known type`);
    const { type, unit, label } = column as Column;
    return {
      name,
      type,
      ...(typeof unit === 'string' ? { unit: unit.slice(0, 20) } : {}),
      ...(typeof label === 'string' ? { label: label.slice(0, 80) } : {}),
    };
  });
}
