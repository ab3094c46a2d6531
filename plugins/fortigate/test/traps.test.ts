// Each trap of a real device, met by each query: valid rows or a failure with a name, and nothing asked that makes it worse.
import type { Plugin } from '@jackfield/sdk';
import { beforeEach, describe, expect, test } from 'vitest';
import { FAULTS, type Fault } from '../simulator/faults.ts';
import { codeOf, contextFor, freshPlugin, NOW, QUERY_IDS, run, startSimulator, type Row } from './harness.ts';
import { expected } from './oracle.ts';

let plugin: Plugin;
beforeEach(async () => {
  plugin = await freshPlugin();
});

const CODES = new Set([
  'auth_failed',
  'permission_denied',
  'rate_limited',
  'vendor_unavailable',
  'vendor_error',
  'vendor_bad_response',
]);
/** These two fail in fetch itself or never answer; tests of their own have them. */
const FAULT_NAMES = (Object.keys(FAULTS) as Fault[]).filter((fault) => fault !== 'down' && fault !== 'hang');

describe.each(['6.0.6', '7.2.5', '7.6.5'])('FortiOS %s', (version) => {
  test.each(FAULT_NAMES)(
    '%s gives valid rows or a named failure, with at most two requests in flight',
    async (fault) => {
      await using simulator = await startSimulator({ version, faults: [fault], slowMs: 5, policies: 10 });
      for (const id of QUERY_IDS) {
        const outcome = await run(plugin, id, contextFor(simulator.url)).then(
          () => 'rows',
          (error: unknown) => codeOf(Promise.reject(error)),
        );
        expect(outcome === 'rows' || CODES.has(String(outcome)), `${id}: ${String(outcome)}`).toBe(true);
      }
      expect(simulator.requests.length).toBeGreaterThan(0);
      expect(simulator.peakInFlight).toBeLessThanOrEqual(2);
    },
  );

  test('numbers that are text give the same rows', async () => {
    await using simulator = await startSimulator({ version, faults: ['string-numbers'] });
    const world = { device: simulator.device, now: NOW };
    for (const id of QUERY_IDS) {
      expect(await run(plugin, id, contextFor(simulator.url)), id).toEqual(expected[id]?.(world));
    }
  });
});

test('a source that is locked out makes exactly one request and does not lengthen the lock further', async () => {
  await using simulator = await startSimulator({ faults: ['lockout'], lockMs: 60_000 });
  const runs = QUERY_IDS.map((id) => codeOf(run(plugin, id, contextFor(simulator.url))));
  expect(new Set(await Promise.all(runs))).toEqual(new Set(['rate_limited']));
  expect(simulator.requests).toHaveLength(1);
  expect(simulator.lockedUntil - NOW).toBe(120);
});

test('an address that the trusthost list lacks is auth_failed after one request, and says so', async () => {
  await using simulator = await startSimulator({ faults: ['trusthost'] });
  const work = run(plugin, 'interfaces', contextFor(simulator.url));
  await expect(work).rejects.toMatchObject({ code: 'auth_failed', message: expect.stringContaining('trusthost') });
  expect(simulator.requests).toHaveLength(1);
});

const vdoms = (rows: readonly Row[]): Set<unknown> => new Set(rows.map((row) => row['vdom']));

test.each(['vdom-hidden', 'vdom-403'] as const)('%s: the other VDOMs are told', async (fault) => {
  await using simulator = await startSimulator({ faults: [fault] });
  const rows = await run(plugin, 'interfaces', contextFor(simulator.url));
  expect(vdoms(rows)).toEqual(new Set(['root', 'FG-traffic', 'dmz']));
});

test('a VDOM of the instance that is refused does not hide the others', async () => {
  await using simulator = await startSimulator();
  simulator.change({ change: 'hide-vdom', vdom: 'dmz' });
  const context = contextFor(simulator.url, { config: { vdoms: ['root', 'dmz', 'guest'] } });
  for (const id of ['interfaces', 'policy_top', 'vpn_ipsec', 'system_status']) {
    expect(vdoms(await run(plugin, id, context)), id).toEqual(new Set(['root', 'guest']));
  }
  const all = contextFor(simulator.url, { config: { vdoms: ['dmz', 'nowhere'] } });
  expect(await codeOf(run(await freshPlugin(), 'interfaces', all))).toBe('permission_denied');
});

test('a tunnel that a missing right left nothing of is no row', async () => {
  await using simulator = await startSimulator({ faults: ['reduced'] });
  expect(await run(plugin, 'vpn_ipsec', contextFor(simulator.url))).toEqual([]);
});

test('all ten queries together stay below what a device with leaking memory can take', async () => {
  await using simulator = await startSimulator({ faults: ['memory-leak'], version: '6.2.7' });
  for (const id of QUERY_IDS) await run(plugin, id, contextFor(simulator.url));
  expect(simulator.requests.length).toBeLessThanOrEqual(18);
});

test('after a failover the rows are the same but for the serial number of the device and the roles', async () => {
  await using simulator = await startSimulator();
  simulator.change({ change: 'failover' });
  const world = { device: simulator.device, now: NOW };
  for (const id of ['ha_status', 'system_status', 'interfaces']) {
    expect(await run(plugin, id, contextFor(simulator.url))).toEqual(expected[id]?.(world));
  }
});
