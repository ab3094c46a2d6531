import { afterAll, expect, test } from 'vitest';
import plugin from '../src/plugin.ts';
import { contextOf, runTable, startSite } from './site.ts';

const site = await startSite({ issues: 600 });
afterAll(() => site.close());
const widgets = Object.entries(plugin.widgets ?? {});

test('every default query has a widget', () => {
  const shown = new Set(widgets.map(([, { query }]) => query));
  const queries = Object.keys(plugin.queries ?? {}).filter((id) => id !== 'jql');
  expect(queries.filter((id) => !shown.has(id))).toEqual([]);
});

test.each(widgets.filter(([, { query }]) => query !== undefined))(
  '%s shows columns that its query has, with params that it takes',
  async (_id, { query = '', params, columns = [], x, y = [], kind }) => {
    const table = await runTable(contextOf(site), query, { ...params });
    expect(table.rows.length).toBeGreaterThan(0);
    expect(Object.keys(table.columns)).toEqual(
      expect.arrayContaining([...columns, ...y, ...(x === undefined ? [] : [x])]),
    );
    for (const name of y) expect(table.columns[name]?.type, name).toMatch(/^(integer|number)$/);
    expect(kind === 'timeseries' ? table.columns[x ?? '']?.type : 'date').toMatch(/^date/);
    expect(y.length > 0).toBe(kind !== 'table');
  },
);
