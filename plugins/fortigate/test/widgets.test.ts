// Every widget template runs: over its query against the simulator, or over rows of its stream in a real table.
import { type ManifestQuery, type ManifestWidget, validatePluginManifest } from '@jackfield/schemas';
import type { Plugin, WidgetDef } from '@jackfield/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { scopeOf } from '../../../host/src/views/index.ts';
import { toManifest } from '../../../sdk/src/define/manifest.ts';
import { server, type TestDatabase } from '../../../tests/support/databases.ts';
import { fixtureOn, pluginWith, upsertOf, type Fixture } from '../../../tests/sync/fixture.ts';
import type { FortiGateSimulator } from '../simulator/simulator.ts';
import { fleetWidgets } from '../src/fleet-widgets.ts';
import { widgets as deviceWidgets } from '../src/widgets.ts';
import { contextFor, freshPlugin, run, startSimulator, STREAM_IDS, type Row } from './harness.ts';
import { engineOf } from './stream-engine.ts';

const widgets: Readonly<Record<string, WidgetDef>> = { ...deviceWidgets, ...fleetWidgets };
const IDS = Object.keys(widgets);
const INSTANCES = ['fw', 'fw-down'];

let plugin: Plugin;
let simulator: FortiGateSimulator;
let place: TestDatabase;
let fixture: Fixture;
let findings: readonly unknown[];
let queries: Readonly<Record<string, ManifestQuery>>;
let templates: Readonly<Record<string, ManifestWidget>>;

beforeAll(async () => {
  plugin = await freshPlugin();
  const bundle = { file: 'plugin.js', sha256: '0'.repeat(64), bytes: 1 } as const;
  const manifest = toManifest(plugin, { version: '1.0.0', bundle, sdkVersion: '0.1.0' });
  findings = validatePluginManifest(manifest);
  templates = manifest.widgets ?? {};
  queries = manifest.queries;
  let now = Math.floor(Date.now() / 1000) - 600;
  simulator = await startSimulator({ now: () => now * 1000 });
  place = await server.open();
  fixture = await fixtureOn(place);
  await fixture.activate(pluginWith(manifest.streams ?? {}, 'fortigate'));
  const store = async (instanceId: string, id: string, rows: readonly Row[]): Promise<void> => {
    const changes = [upsertOf(rows, id, manifest.streams?.[id]?.columns)];
    await fixture.tables.apply(fixture.store.db, { plugin: 'fortigate', instanceId }, changes);
  };
  for (const id of INSTANCES) await fixture.addInstance(id, 'fortigate');
  for (const id of STREAM_IDS) {
    const engine = engineOf(plugin, id);
    for (let round = 0; round < 2; round += 1) {
      await engine.sync(contextFor(simulator.url, { now: () => now }));
      now += 300;
    }
    await store('fw', id, engine.rows());
    now -= 600;
  }
  // Another device of which one has heard before, and that is down now.
  const other = engineOf(plugin, 'system');
  await other.sync(contextFor(simulator.url));
  simulator.faults.add('down');
  await other.sync(contextFor(simulator.url));
  simulator.faults.clear();
  await store('fw-down', 'system', other.rows());
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
  await simulator.close();
});

test('the manifest is valid with all of them in it', () => {
  expect(findings).toEqual([]);
});

test('there are at least eight, of every kind but line, and at least two over streams', () => {
  expect(IDS.length).toBeGreaterThanOrEqual(8);
  expect(Object.values(widgets).filter(({ view }) => view !== undefined).length).toBeGreaterThanOrEqual(2);
  const kinds = new Set(Object.values(widgets).map(({ kind }) => kind));
  expect(kinds).toEqual(new Set(['stat', 'table', 'bar', 'pie', 'timeseries', 'gauge']));
});

async function rowsOf({ query, params, view }: ManifestWidget): Promise<readonly Row[]> {
  const synced = query === undefined ? undefined : queries[query];
  if (synced?.view !== undefined) {
    const groups = [{ scope: scopeOf(INSTANCES), params }];
    return (
      await fixture.views.read({
        plugin: 'fortigate',
        view: synced.view,
        params: synced.params,
        clients: 'all',
        groups,
      })
    ).rows;
  }
  if (query !== undefined) return run(plugin, query, contextFor(simulator.url), params);
  if (view === undefined) throw new Error('neither a query nor a view');
  return (await fixture.readView(view, { plugin: 'fortigate', instanceIds: INSTANCES })).rows;
}

test.each(IDS)('%s has rows, and its columns are in them', async (id) => {
  const template = templates[id];
  if (template === undefined) throw new Error('it is not in the manifest');
  const rows = await rowsOf(template);
  expect(rows.length).toBeGreaterThan(0);
  const { columns = [], x, y = [] } = template;
  const shown = [...columns, ...y, ...(x === undefined ? [] : [x])];
  expect(shown.length).toBeGreaterThan(0);
  expect(Object.keys(rows[0] ?? {})).toEqual(expect.arrayContaining(shown));
});

test('the values of a chart are numbers, with a unit where the column has one', async () => {
  const charts = Object.entries(templates).filter(([, { y }]) => y !== undefined);
  expect(charts.length).toBeGreaterThan(5);
  for (const [id, template] of charts) {
    const rows = await rowsOf(template);
    for (const name of template.y ?? []) {
      const cells = rows.map((row) => row[name] ?? null).filter((cell) => cell !== null);
      expect(cells.length, `${id}.${name}`).toBeGreaterThan(0);
      expect(
        cells.every((cell) => typeof cell === 'number'),
        `${id}.${name}`,
      ).toBe(true);
    }
  }
});

test('views over streams say what they promise', async () => {
  const view = async (id: string): Promise<readonly Row[]> => rowsOf(templates[id] as ManifestWidget);
  expect(await view('device_states')).toMatchObject([{ state: 'unreachable', hostname: simulator.device.hostname }]);
  expect((await view('links_down')).map((row) => row['name'])).toEqual(
    ['spare1', 'spare2', 'spare3', 'spare0'].toSorted(byVdom),
  );
  expect((await view('licences_ending')).map((row) => row['service'])).toEqual([
    ...['antispam', 'forticare.hardware', 'web_filtering', 'ips'],
  ]);
  const statuses = new Map((await view('tunnels_by_status')).map((row) => [row['status'], row['tunnels']]));
  const phase2 = simulator.device.vdoms.flatMap((vdom) => vdom.tunnels.flatMap((tunnel) => tunnel.phase2));
  expect(statuses.get('up')).toBe(phase2.filter(({ up }) => up).length);
  expect(statuses.get('down')).toBe(phase2.filter(({ up }) => !up).length);
  const [busiest] = await view('busiest_interfaces');
  const rates = simulator.device.vdoms.flatMap((vdom) =>
    vdom.interfaces.map(({ name, rx }) => ({ name, rate: rx.perSecond })),
  );
  const first = rates.toSorted((a, b) => b.rate - a.rate)[0];
  expect(busiest).toMatchObject({ name: first?.name, received: (first?.rate ?? 0) * 300 });
});

/** FG-traffic, dmz, guest, root. */
const PLACES = ['spare1', 'spare2', 'spare3', 'spare0'];
const byVdom = (a: string, b: string): number => PLACES.indexOf(a) - PLACES.indexOf(b);
