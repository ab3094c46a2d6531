import { definePlugin, stream, syncedQuery } from '@jackfield/sdk';
import { expectTypeOf, test } from 'vitest';

const tickets = stream({
  title: 'Tickets',
  columns: {
    id: { type: 'string' },
    priority: { type: 'string' },
    points: { type: 'integer' },
    open: { type: 'boolean' },
    due: { type: 'date' },
    created: { type: 'datetime' },
    resolved: { type: 'datetime' },
    labels: { type: 'json' },
  },
  primaryKey: ['id'],
  deletion: 'explicit',
  every: '5m',
  async *read() {},
});

const days = { type: 'object', properties: { days: { type: 'integer' }, ids: { type: 'array' } } } as const;

test('columns, params and buckets are known by name', () => {
  const query = syncedQuery({
    title: 'q',
    stream: tickets,
    params: days,
    per: 'client',
    where: [
      { column: 'day', op: 'gt', ago: { param: 'days', unit: 'd' } },
      { column: 'due', op: 'lt', ahead: '7d' },
      { column: 'id', op: 'in', param: 'ids' },
      { column: 'open', op: 'eq', value: true },
      { column: 'labels', op: 'null' },
    ],
    groupBy: ['priority', { name: 'day', bucket: 'day', of: ['created', 'resolved'] }],
    measures: [
      { name: 'n', fn: 'count', at: 'created', where: [{ column: 'points', op: 'gte', value: 3 }] },
      { name: 'late', fn: 'percent', where: [{ column: 'due', op: 'lt', ago: '0d' }] },
      { name: 'age', fn: 'median', since: 'created', unit: 'h' },
      { name: 'last', fn: 'max', column: 'due' },
    ],
    orderBy: [{ column: 'client' }, { column: 'day' }, { column: 'n', descending: true }],
    limit: { param: 'days' },
  });
  expectTypeOf(query.source).toEqualTypeOf<'synced'>();
  definePlugin({
    name: 'x',
    displayName: 'X',
    config: { type: 'object', properties: {} },
    queries: { query },
    streams: { tickets },
  });
  // Rows that are not grouped are ordered by their columns.
  syncedQuery({ title: 'q', stream: tickets, orderBy: [{ column: 'created' }, { column: 'instance' }] });
});

test('a column that the stream does not have is refused', () => {
  // @ts-expect-error no such column
  syncedQuery({ title: 'q', stream: tickets, where: [{ column: 'state', op: 'null' }] });
  // @ts-expect-error no such column
  syncedQuery({ title: 'q', stream: tickets, groupBy: ['state'] });
  // @ts-expect-error no such column
  syncedQuery({ title: 'q', stream: tickets, measures: [{ name: 'n', fn: 'countDistinct', column: 'state' }] });
  // @ts-expect-error no such column
  syncedQuery({ title: 'q', stream: tickets, groupBy: [{ name: 'day', bucket: 'day', of: 'started' }] });
});

test('so is one of another type', () => {
  // @ts-expect-error text has no sum
  syncedQuery({ title: 'q', stream: tickets, measures: [{ name: 'n', fn: 'sum', column: 'priority' }] });
  // @ts-expect-error JSON has no order
  syncedQuery({ title: 'q', stream: tickets, measures: [{ name: 'n', fn: 'max', column: 'labels' }] });
  // @ts-expect-error a number is no time
  syncedQuery({ title: 'q', stream: tickets, measures: [{ name: 'n', fn: 'avg', since: 'points' }] });
  // @ts-expect-error text has no hours
  syncedQuery({ title: 'q', stream: tickets, groupBy: [{ name: 'hour', bucket: 'hour', of: 'priority' }] });
  // @ts-expect-error points is a number
  syncedQuery({ title: 'q', stream: tickets, where: [{ column: 'points', op: 'eq', value: '3' }] });
  // @ts-expect-error text is no time
  syncedQuery({ title: 'q', stream: tickets, where: [{ column: 'priority', op: 'lt', ago: '3d' }] });
});

test('and what is no param, no column of the answer, or not there to count', () => {
  // @ts-expect-error no such param
  syncedQuery({ title: 'q', stream: tickets, params: days, where: [{ column: 'id', op: 'eq', param: 'key' }] });
  // @ts-expect-error no params at all
  syncedQuery({ title: 'q', stream: tickets, limit: { param: 'days' } });
  // @ts-expect-error created is no column of the groups
  syncedQuery({ title: 'q', stream: tickets, groupBy: ['priority'], orderBy: [{ column: 'created' }] });
  // @ts-expect-error of which rows?
  syncedQuery({ title: 'q', stream: tickets, measures: [{ name: 'n', fn: 'percent' }] });
  // @ts-expect-error a bucket that is not there
  syncedQuery({ title: 'q', stream: tickets, where: [{ column: 'day', op: 'gt', ago: '3d' }] });
});
