import type { ManifestWidget } from '@jackfield/schemas';
import { afterAll, expect, test } from 'vitest';
import { scopeOf } from '../../../host/src/views/index.ts';
import { toManifest } from '../../../sdk/src/define/manifest.ts';
import { pluginVersion } from '../../../tests/instances/fixture.ts';
import { server } from '../../../tests/support/databases.ts';
import { openFixture, upsertOf } from '../../../tests/sync/fixture.ts';
import plugin from '../src/plugin.ts';
import { contextOf, runTable, startSite } from './site.ts';

const bundle = { file: 'plugin.js', sha256: '0'.repeat(64), bytes: 1 } as const;
const manifest = toManifest(plugin, { version: '1.0.0', sdkVersion: '0.1.0', bundle });
const widgets = Object.entries(manifest.widgets ?? {});

const site = await startSite({ issues: 600 });
afterAll(() => site.close());

interface Shown {
  readonly columns: Readonly<Record<string, string>>;
  readonly rows: number;
}

function expectShown({ columns = [], x, y = [], kind }: ManifestWidget, shown: Shown): void {
  expect(shown.rows).toBeGreaterThan(0);
  const names = [...columns, ...y, ...(x === undefined ? [] : [x])];
  expect(names.length).toBeGreaterThan(0);
  expect(Object.keys(shown.columns)).toEqual(expect.arrayContaining(names));
  for (const name of y) expect(shown.columns[name], name).toMatch(/^(integer|number)$/);
  expect(kind === 'timeseries' ? shown.columns[x ?? ''] : 'date').toMatch(/^date/);
  expect(y.length > 0).toBe(kind !== 'table');
}

test('every default query has a widget, and some show synced rows', () => {
  const shown = new Set(widgets.map(([, { query }]) => query));
  expect(Object.keys(manifest.queries).filter((id) => id !== 'jql' && !shown.has(id))).toEqual([]);
  expect(widgets.filter(([, { view }]) => view !== undefined).length).toBeGreaterThanOrEqual(2);
});

const isSynced = ({ query }: ManifestWidget): boolean => manifest.queries[query ?? '']?.view !== undefined;

test.each(widgets.filter(([, widget]) => widget.query !== undefined && !isSynced(widget)))(
  '%s shows columns that its query has, with params that it takes',
  async (_id, widget) => {
    const { columns, rows } = await runTable(contextOf(site), widget.query ?? '', widget.params);
    const types = Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, type]));
    expectShown(widget, { columns: types, rows: rows.length });
  },
);

test('the others show rows that their streams bring', async () => {
  // The database has a clock of its own, and the views count back from it.
  await using living = await startSite({ issues: 600, now: Date.now });
  const context = { ...contextOf(living), now: () => new Date() };
  await using tables = await openFixture(server);
  await tables.addInstance('acme', manifest.name);
  await tables.activate(pluginVersion(manifest));
  const target = { plugin: manifest.name, instanceId: 'acme' };
  const read = async (id: string): Promise<void> => {
    for await (const step of plugin.streams?.[id]?.read(context, null) ?? []) {
      if (step.step !== 'upsert') continue;
      const rows = upsertOf(step.rows, id, manifest.streams?.[id]?.columns);
      await tables.tables.apply(tables.store.db, target, [rows]);
    }
  };
  const views = widgets.flatMap(([, widget]) => {
    const query = manifest.queries[widget.query ?? ''];
    const view = widget.view ?? query?.view;
    return view === undefined ? [] : [{ view, widget, schema: query?.params }];
  });
  for (const id of new Set(views.map(({ view }) => view.stream))) await read(id);
  for (const { view, widget, schema } of views) {
    const groups = [{ scope: scopeOf(['acme']), params: widget.params }];
    const { columns, rows } = await tables.views.read({
      plugin: manifest.name,
      view,
      params: schema,
      clients: 'all',
      groups,
    });
    expectShown(widget, {
      columns: Object.fromEntries(columns.map(({ name, type }) => [name, type])),
      rows: rows.length,
    });
  }
});
