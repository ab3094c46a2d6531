import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { type DemoConfigs, startVendors } from '../../host/src/cli/demo-vendors.ts';
import { placesOf } from '../../host/src/cli/demo-dashboards.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { silentLog } from '../support/log.ts';
import { openStore } from '../../host/src/store/index.ts';
import { embedded, server } from '../support/databases.ts';
import { runCli, type CliProcess } from '../support/host-process.ts';
import { repository } from '../support/plugin-package.ts';
import { FULL } from '../support/random.ts';

/** A start makes a new database and two vendors: 12 s of a core, and on a busy machine a minute. */
const DEADLINE = 150_000;
/** Those that ask the vendor; those of synced rows. */
const LIVE = 10;
const JIRA = LIVE + 5;
const FORTIGATE = LIVE + 6;
const ALL_PASSED = `${JIRA + FORTIGATE} passed, 0 failed`;

/** The table's rows: plugin, query, rows, milliseconds, vendor calls. */
const tableOf = ({ output }: CliProcess): string[][] =>
  output
    .map((line) => line.split(/\s+/))
    .filter(([plugin, , , ms]) => /^(jira|fortigate)$/.test(plugin ?? '') && /^\d+$/.test(ms ?? ''));

/** Each widget of the demo's dashboards, and what became of it. */
const widgetsOf = ({ output }: CliProcess): { widget: string; rows: number; state: string }[] =>
  output.flatMap((line) => {
    const [, widget = '', rows, state = ''] = /^(demo-\S+) +(\d+) +\d+ +\S+ +(.+)$/.exec(line) ?? [];
    return rows === undefined ? [] : [{ widget, rows: Number(rows), state }];
  });

/** Processes whose parent is `pid`. */
async function childrenOf(pid: number): Promise<number[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(processes.map((name) => readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')));
  return stats
    .filter((stat) => Number(stat.split(') ')[1]?.split(' ')[1]) === pid)
    .map((stat) => Number.parseInt(stat, 10));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test(
  'the demo syncs every stream, runs every widget and query of both sample vendors, and all of them answer',
  { timeout: DEADLINE },
  async () => {
    await using demo = runCli(['demo', '--once']);
    expect(await demo.exited, demo.output.join('\n')).toEqual([0, null]);
    expect(demo.output).toContain(ALL_PASSED);
    const table = tableOf(demo);
    expect(table.filter(([plugin]) => plugin === 'jira')).toHaveLength(JIRA);
    expect(table.filter(([plugin]) => plugin === 'fortigate')).toHaveLength(FORTIGATE);
    const rows = table.map((row) => Number(row[2])).reduce((sum, count) => sum + count);
    expect(rows).toBeGreaterThan(100);
    // No vendor is asked for synced rows, and there are some for each query.
    const synced = table.filter((row) => Number(row[4]) === 0);
    expect(synced).toHaveLength(JIRA + FORTIGATE - 2 * LIVE);
    for (const row of synced) expect(Number(row[2]), row.join(' ')).toBeGreaterThan(0);
    expect(demo.output.findLast((line) => line !== '')).toBe(ALL_PASSED);
    const widgets = widgetsOf(demo);
    expect(demo.output).toContain(`${widgets.length} of ${widgets.length} widgets have their data`);
    expect(widgets.filter(({ widget }) => widget.startsWith('demo-jira-')).length).toBeGreaterThanOrEqual(8);
    expect(widgets.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(demo.output.join('\n')).toMatch(/^\d{4,} rows synced, 12 of 12 streams read$/m);
    // Every device answers.
    expect(widgets.filter(({ rows }) => rows === 0)).toMatchObject([{ widget: 'demo-fortigate-device-states' }]);
  },
);

const STARTS = 3;

test.runIf(FULL)(
  'the demo keeps its instances and dashboards in PostgreSQL when DATABASE_URL says so, and a further start changes none',
  { timeout: DEADLINE * STARTS },
  async () => {
    await using place = await server.open();
    await using demo = runCli(['demo', '--once'], { DATABASE_URL: place.databaseUrl ?? '' });
    expect(await demo.exited, demo.output.join('\n')).toEqual([0, null]);
    expect(demo.output).toContain(ALL_PASSED);
    await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
    const instances = await store.db.selectFrom('instance').select('id').orderBy('id').execute();
    expect(instances).toEqual([{ id: 'demo-fortigate' }, { id: 'demo-jira' }]);
    const placed = await store.db.selectFrom('widget').select(['id', 'dashboard_id']).orderBy('id').execute();
    expect(placed.map(({ id }) => id)).toEqual(
      widgetsOf(demo)
        .map(({ widget }) => widget)
        .toSorted(),
    );

    for (let start = 2; start <= STARTS; start += 1) {
      await using again = runCli(['demo', '--once'], { DATABASE_URL: place.databaseUrl ?? '' });
      expect(await again.exited, again.output.join('\n')).toEqual([0, null]);
      expect(widgetsOf(again).map(({ widget }) => widget)).toEqual(widgetsOf(demo).map(({ widget }) => widget));
      expect(await store.db.selectFrom('widget').select(['id', 'dashboard_id']).orderBy('id').execute()).toEqual(
        placed,
      );
    }
  },
);

test.runIf(FULL)(
  'the demo with a vendor that fails names what failed, runs the others and ends with code 1',
  { timeout: DEADLINE },
  async () => {
    await using demo = runCli(['demo', '--once', '--fault', 'jira:500']);
    expect(await demo.exited).toEqual([1, null]);
    const failed = demo.output.filter((line) => line.startsWith('failed: '));
    expect(failed).toHaveLength(JIRA);
    for (const line of failed) expect(line).toMatch(/^failed: jira \w+: .*500/);
    expect(demo.output).toContain(`${FORTIGATE} passed, ${JIRA} failed`);
    expect(demo.output.join('\n')).toMatch(/ rows synced, 8 of 12 streams read$/m);
    const broken = widgetsOf(demo).filter(({ widget, state }) => widget.startsWith('demo-jira-') && state !== 'ok');
    expect(broken.length).toBeGreaterThanOrEqual(8);
    for (const { state } of broken) expect(state).toMatch(/^demo-jira failed: .*500/);
    expect(demo.output.filter((line) => /^demo-jira +\w+ +0 +failed: .*500/.test(line))).toHaveLength(4);
    expect(tableOf(demo).filter(([plugin, , rows]) => plugin === 'fortigate' && rows !== '-')).toHaveLength(FORTIGATE);
  },
);

test('the widgets of the demo fill the rows of the grid, and none lies upon another', () => {
  const kinds = ['table', 'stat', 'gauge', 'bar', 'stat', 'stat', 'stat', 'pie', 'line'];
  const placed = placesOf(kinds.map((kind, index) => ({ template: String(index), kind })));
  expect(placed.map(([{ kind }]) => kind)).toEqual([
    'stat',
    'gauge',
    'stat',
    'stat',
    'stat',
    'table',
    'bar',
    'pie',
    'line',
  ]);
  const cells = placed.flatMap(([, { x, y, w, h }]) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(placed.map(([, { x, y, w }]) => [x, y, x + w <= 12])).toEqual(
    [
      [0, 0],
      [3, 0],
      [6, 0],
      [9, 0],
      [0, 2],
      [0, 4],
      [6, 4],
      [0, 8],
      [6, 8],
    ].map((place) => [...place, true]),
  );
});

test('at its next start the demo has its vendors where they were, with the same credentials; where somebody else is now, elsewhere', async () => {
  await using place = await embedded.open();
  const start = async (): Promise<DemoConfigs> => {
    await using vendors = await startVendors(repository, place.dataFolder);
    return vendors.configs;
  };
  const before = await start();
  const somebody = createServer().listen(Number(new URL(before.jira.baseUrl).port), '127.0.0.1');
  await once(somebody, 'listening');
  try {
    const { jira, fortigate } = await start();
    expect(fortigate).toEqual(before.fortigate);
    expect({ ...jira, baseUrl: before.jira.baseUrl }).toEqual(before.jira);
    expect(jira.baseUrl).not.toBe(before.jira.baseUrl);
  } finally {
    somebody.close();
  }
});

test('a fault of no sample vendor is refused', async () => {
  await using demo = runCli(['demo', '--once', '--fault', 'oracle:500']);
  expect(await demo.exited).toEqual([1, null]);
  expect(demo.output.join('\n')).toContain('jira:<name> or fortigate:<name>');
});

test(
  'on PostgreSQL too the demo has its instances, and Ctrl-C ends it, its host and its vendors',
  { timeout: DEADLINE },
  async () => {
    await using place = await server.open();
    const env = { DATABASE_URL: place.databaseUrl ?? '' };
    await using demo = runCli(['demo', '--port', '0', '--data', place.dataFolder], env, true);
    await expect.poll(() => demo.output.join('\n'), { timeout: DEADLINE / 2 }).toContain('Ctrl-C ends it.');
    const said = demo.output.join('\n');
    const [, url = '', login, password] = /is on (\S+) +login: (\S+) +password: (\S+)/.exec(said) ?? [];
    const [, token = ''] = /takes the token (\S+)/.exec(said) ?? [];
    const vendors = await childrenOf(demo.pid);
    expect(vendors).toHaveLength(2);
    // What it prints for people works.
    const signedIn = await fetch(`${url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login, password }),
    });
    expect(signedIn.status).toBe(200);
    const [, path = ''] = /curl .*(\/api\/\S+)/.exec(said) ?? [];
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
    expect(((await response.json()) as { rows: unknown[] }).rows.length).toBeGreaterThan(0);

    process.kill(-demo.pid, 'SIGINT');
    expect(await demo.exited).toEqual([0, null]);
    await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
    const instances = await store.db.selectFrom('instance').select('id').orderBy('id').execute();
    expect(instances).toEqual([{ id: 'demo-fortigate' }, { id: 'demo-jira' }]);
    expect(vendors.filter(isAlive)).toEqual([]);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  },
);
