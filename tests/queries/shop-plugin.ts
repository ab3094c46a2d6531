// "shop": a plugin whose queries are answered from the rows of its stream, and one that asks its vendor.
import { buildTestPlugin, type TestPlugin } from '../support/plugins.ts';

const SOURCE = `
import { definePlugin, query, stream, syncedQuery, widget } from '@jackfield/sdk';

const orders = stream({
  title: 'Orders',
  columns: {
    id: { type: 'string', label: 'Order' },
    city: { type: 'string', label: 'City' },
    price: { type: 'number', unit: 'EUR', label: 'Price' },
    placed: { type: 'datetime', label: 'Placed' },
    sent: { type: 'datetime', label: 'Sent' },
  },
  primaryKey: ['id'],
  deletion: 'explicit',
  every: '5m',
  async *read() {},
});

const params = {
  type: 'object',
  additionalProperties: false,
  properties: {
    days: { type: 'integer', minimum: 1, maximum: 366, default: 30 },
    cities: { type: 'array', items: { type: 'string' } },
    city: { type: 'string' },
    most: { type: 'number' },
  },
} as const;

export default definePlugin({
  name: 'shop',
  displayName: 'Shop',
  config: { type: 'object', properties: {} },
  network: { baseUrl: null },
  streams: { orders },
  queries: {
    live: query({ title: 'Live', columns: { n: { type: 'integer' } }, async *rows() { yield { n: 1 }; } }),
    by_city: syncedQuery({
      title: 'Orders by city',
      stream: orders,
      params,
      where: [
        { column: 'placed', op: 'gte', ago: { param: 'days', unit: 'd' } },
        { column: 'city', op: 'in', param: 'cities' },
        { column: 'city', op: 'eq', param: 'city' },
        { column: 'price', op: 'lte', param: 'most' },
      ],
      groupBy: ['city'],
      measures: [
        { name: 'orders', fn: 'count', label: 'Orders' },
        { name: 'worth', fn: 'sum', column: 'price' },
        { name: 'sent', fn: 'percent', where: [{ column: 'sent', op: 'notNull' }] },
        { name: 'wait', fn: 'avg', since: 'placed', column: 'sent', unit: 'h' },
      ],
      orderBy: [{ column: 'orders', descending: true }],
    }),
    per_day: syncedQuery({
      title: 'Placed and sent per day',
      stream: orders,
      per: 'all',
      groupBy: [{ name: 'day', bucket: 'day', of: ['placed', 'sent'] }],
      measures: [
        { name: 'placed', fn: 'count', at: 'placed' },
        { name: 'sent', fn: 'count', at: 'sent' },
      ],
      orderBy: [{ column: 'day' }],
    }),
    everything: syncedQuery({ title: 'Orders', stream: orders, role: 'engineer', orderBy: [{ column: 'id' }], limit: 3 }),
  },
  widgets: {
    cities: widget({ title: 'Cities', kind: 'bar', query: 'by_city', columns: ['instance', 'city', 'orders'], x: 'city', y: ['orders'], refresh: '60s' }),
    days: widget({ title: 'Days', kind: 'timeseries', query: 'per_day', x: 'day', y: ['placed', 'sent'], refresh: '60s' }),
  },
});
`;

export function buildShop(): Promise<TestPlugin> {
  return buildTestPlugin(SOURCE, { name: 'shop' });
}
