// What interfaces received and sent, from counters that start anew, belong to another device, or are missed for a while.
import type { Plugin } from '@jackfield/sdk';
import { beforeEach, expect, test } from 'vitest';
import { deviceInTime, freshPlugin } from './harness.ts';
import { engineOf } from './stream-engine.ts';

let plugin: Plugin;
beforeEach(async () => {
  plugin = await freshPlugin();
});

const SUM = (rows: readonly Record<string, unknown>[]): number => {
  return rows.reduce((sum, row) => sum + Number(row['rxDelta'] ?? 0), 0);
};

test('what was added adds up to the counters, whichever runs are lost', async () => {
  await using device = await deviceInTime();
  const engine = engineOf(plugin, 'traffic');
  await engine.sync(device.context);
  const first = Number(engine.rows({ name: 'wan0' })[0]?.['rx']);
  for (const lose of [false, true, false, true, true, false]) {
    device.later(300);
    await engine.sync(device.context, { lose });
  }
  const rows = engine.rows({ name: 'wan0' });
  expect(rows.map((row) => row['seconds'])).toEqual([null, 300, 600, 900]);
  expect(SUM(rows)).toBe(Number(rows.at(-1)?.['rx']) - first);
  expect(rows.map((row) => row['reset'])).toEqual([false, false, false, false]);
});

test('counters that start anew count for what they show, and are flagged', async () => {
  await using device = await deviceInTime();
  const engine = engineOf(plugin, 'traffic');
  await engine.sync(device.context);
  device.simulator.change({ change: 'reset-counters' });
  device.later(300);
  await engine.sync(device.context);
  const [, row] = engine.rows({ name: 'wan0' });
  expect(row?.['reset']).toBe(true);
  expect(row?.['rx']).toBeGreaterThan(0);
  expect(row).toMatchObject({ rxDelta: row?.['rx'], txDelta: row?.['tx'] });
});

test('after a failover the counters are those of another device: nothing is known to be added', async () => {
  await using device = await deviceInTime();
  const engine = engineOf(plugin, 'traffic');
  await engine.sync(device.context);
  device.simulator.change({ change: 'failover' });
  device.later(300);
  await engine.sync(device.context);
  device.later(300);
  await engine.sync(device.context);
  const rows = engine.rows({ name: 'wan0' });
  expect(rows.map((row) => row['reset'])).toEqual([false, true, false]);
  expect(rows.map((row) => row['rxDelta'] === null)).toEqual([true, true, false]);
  expect(SUM(rows)).toBe(Number(rows[2]?.['rx']) - Number(rows[1]?.['rx']));
});

test('an interface that is not seen for a while has its time counted when it is back', async () => {
  await using device = await deviceInTime();
  const engine = engineOf(plugin, 'traffic');
  await engine.sync(device.context);
  device.simulator.change({ change: 'hide-vdom', vdom: 'guest' });
  device.later(300);
  await engine.sync(device.context);
  device.simulator.change({ change: 'show-vdom', vdom: 'guest' });
  device.later(300);
  await engine.sync(device.context);
  expect(engine.rows({ name: 'wan3' }).map((row) => row['seconds'])).toEqual([null, 600]);
});

test('a clock that stands still or was set back writes over no earlier sample', async () => {
  await using device = await deviceInTime();
  const engine = engineOf(plugin, 'traffic');
  await engine.sync(device.context);
  await engine.sync(device.context);
  device.later(-3600);
  await engine.sync(device.context);
  const times = engine.rows({ name: 'wan0' }).map((row) => String(row['ts']));
  expect(times).toHaveLength(3);
  expect(times.toSorted()).toEqual(times);
});

test('thousands of interfaces fit into the cursor, the busiest first', async () => {
  await using device = await deviceInTime();
  const [root] = device.simulator.device.vdoms;
  const [port] = root?.interfaces ?? [];
  if (root === undefined || port === undefined) throw new Error('no interface');
  root.interfaces = Array.from({ length: 3000 }, (_, index) => {
    return { ...port, name: `interface-${index}`, rx: { base: index * 1_000_000_000, perSecond: 10 } };
  });
  const engine = engineOf(plugin, 'traffic');
  await engine.sync(device.context);
  device.later(300);
  expect((await engine.sync(device.context)).error).toBeUndefined();
  const deltas = (name: string): unknown[] => engine.rows({ name }).map((row) => row['rxDelta']);
  expect(deltas('interface-2999')).toEqual([null, 3000]);
  expect(deltas('interface-0')).toEqual([null, null]);
});
