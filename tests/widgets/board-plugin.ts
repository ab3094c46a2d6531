// "board": a plugin with widget templates of queries and of synced rows. "shelf" is another plugin, of the same shape.
import { buildTestPlugin, type TestPlugin } from '../support/plugins.ts';

const source = (name: string, widgets: string): string => `
import { definePlugin, dynamicQuery, query, readJson, stream, widget } from '@jackfield/sdk';

export default definePlugin({
  name: '${name}',
  displayName: 'The ${name}',
  config: { type: 'object', required: ['baseUrl'], properties: { baseUrl: { type: 'string', format: 'uri' } } },
  queries: {
    tickets: query({
      title: 'Tickets by priority',
      params: {
        type: 'object',
        additionalProperties: false,
        properties: {
          days: { type: 'integer', minimum: 1, maximum: 90, default: 30 },
          project: { type: 'string', pattern: '^[A-Z]+$' },
          note: { type: 'string' },
        },
      },
      columns: { priority: { type: 'string', label: 'Priority' }, count: { type: 'integer', unit: 'tickets', label: 'Count' } },
      cache: '60s',
      async *rows(ctx, { days, project = '' }) {
        yield await readJson<any>(await ctx.fetch('/tickets?days=' + days + '&project=' + project));
      },
    }),
    search: query({
      title: 'For engineers',
      role: 'manager',
      params: {
        type: 'object',
        additionalProperties: false,
        required: ['text'],
        properties: { text: { type: 'string' }, days: { type: 'integer' } },
      },
      columns: { text: { type: 'string' }, days: { type: 'integer' } },
      async *rows(ctx, { text, days = null }) { yield { text, days }; },
    }),
    anything: dynamicQuery({
      title: 'Columns of the answer',
      columns: 'dynamic',
      async *rows() {},
    }),
  },
  streams: {
    issues: stream({
      title: 'Issues',
      columns: {
        id: { type: 'string' },
        status: { type: 'string', label: 'Status' },
        hours: { type: 'number', unit: 'h', label: 'Hours spent' },
        updated: { type: 'datetime' },
      },
      primaryKey: ['id'],
      deletion: 'explicit',
      every: '5m',
      async *read() {},
    }),
  },
  widgets: { ${widgets} },
});
`;

const WIDGETS = `
    by_priority: widget({
      title: 'Open tickets', kind: 'bar', query: 'tickets', params: { project: 'OPS' }, columns: ['count', 'priority'],
      x: 'priority', y: ['count'], refresh: '2m',
    }),
    hours_by_status: widget({
      title: 'Hours by status', kind: 'pie',
      view: {
        stream: 'issues', groupBy: ['status'],
        measures: [
          { name: 'issues', fn: 'count', label: 'Issues' }, { name: 'spent', fn: 'sum', column: 'hours' },
          { name: 'mean', fn: 'avg', column: 'hours', label: 'Mean' }, { name: 'newest', fn: 'max', column: 'updated' },
        ],
        orderBy: [{ column: 'issues', descending: true }],
      },
      x: 'status', y: ['issues'], refresh: '5m',
    }),
    newest: widget({ title: 'Newest issues', kind: 'table', view: { stream: 'issues', limit: 10 }, columns: ['updated', 'id'], refresh: '5m' }),
`;

export function buildBoard(widgets: string = WIDGETS): Promise<TestPlugin> {
  return buildTestPlugin(source('board', widgets), { name: 'board' });
}

/** The next version of the board, whose tickets are for engineers. */
export function buildStrictBoard(): Promise<TestPlugin> {
  const strict = source('board', WIDGETS).replace("title: 'Tickets by priority',", "$& role: 'manager',");
  return buildTestPlugin(strict, { name: 'board', version: '2.0.0' });
}

export function buildShelf(): Promise<TestPlugin> {
  return buildTestPlugin(source('shelf', ''), { name: 'shelf' });
}
