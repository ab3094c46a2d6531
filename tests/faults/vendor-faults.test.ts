// Vendors that answer 429, 500, garbage, half a page or nothing, in any order and from any call on: no cursor moves past what was
// stored, nothing is deleted on doubt, and when they are well again the tables are what they have.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault as FortiGateFault } from '../../plugins/fortigate/simulator/faults.ts';
import { createFortiGateSimulator } from '../../plugins/fortigate/simulator/simulator.ts';
import type { FaultName as JiraFault } from '../../plugins/jira/simulator/faults.ts';
import { createJiraSimulator, type JiraSimulator } from '../../plugins/jira/simulator/server.ts';
import { issueRows, worklogRows } from '../../plugins/jira/test/stream-truth.ts';
import { createRandom, FULL, SEED } from '../support/random.ts';
import { syncedRows } from '../support/synced-rows.ts';
import { pollHealth } from './support/health.ts';
import { assertInvariants, withDatabase } from './support/invariants.ts';
import { startVendorHost, type RunAnswer, type VendorHost } from './support/vendor-host.ts';

const STEPS = FULL ? 100 : 4;
const HEALTHY = 250;
const MINUTE = 60_000;

let vendors: VendorHost;
let health: ReturnType<typeof pollHealth>;
beforeAll(async () => {
  vendors = await startVendorHost();
  health = pollHealth(vendors.host.url);
});
afterAll(async () => {
  const { p99 } = await health.stop();
  await vendors[Symbol.asyncDispose]();
  if (p99 >= HEALTHY) throw new Error(`/healthz took ${Math.round(p99)} ms`);
});

type Random = (below: number) => number;
const pick = <T>(items: readonly T[], random: Random): T => {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
};

/** A fault that was there from the first call on: nothing may have moved. */
function expectNothing({ state, counts }: RunAnswer, what: string): void {
  expect(state, what).toBe('failed');
  expect(counts, what).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
}

describe('Jira', () => {
  const FAULTS: readonly JiraFault[] = [
    ...(['500', '503', '429', '429-bare', '429-quota', '401', 'html', 'truncated'] as const),
    ...(['empty-body', 'wrong-shape', 'down', 'hang', 'repeat-token', 'lost-page'] as const),
  ];
  const TOTAL: ReadonlySet<string> = new Set(FAULTS.slice(0, 12));
  const READS = ['projects', 'issues', 'worklogs', 'sprints'] as const;

  function change(site: JiraSimulator, random: Random): void {
    const { changes, issues, worklogs } = site;
    for (let n = 0; n < 8; n += 1) {
      const issue = pick(issues, random);
      const act = random(6);
      if (act <= 1) changes.update(issue.id, { summary: `Edit ${random(1e6)}` });
      else if (act === 2) changes.create(issue.project.key, { summary: `New ${random(1e6)}` });
      else if (act === 3) changes.logWork(issue.id, 60 + random(3600));
      else if (act === 4) {
        // Jira's feed does not tell of those that go with their issue.
        for (const { id, issueId } of [...worklogs.values()]) if (issueId === issue.id) changes.removeWorklog(id);
        changes.remove(issue.id);
      } else changes.update(issue.id, { summary: `Edit ${random(1e6)} again` });
    }
  }

  test(
    `${STEPS} faults of a site, and then its rows (seed ${SEED})`,
    { timeout: STEPS * 30_000 + 60_000 },
    async () => {
      const random = createRandom(SEED);
      const { clock, host } = vendors;
      await using site = await createJiraSimulator({ issues: 60, now: () => clock.now() });
      await vendors.add('site', 'jira', { baseUrl: site.url, email: site.email, apiToken: site.token });
      const settle = async (what: string): Promise<void> => {
        site.faults.clear();
        await vendors.recover('site');
        clock.advance(3 * MINUTE);
        for (const stream of READS) {
          const { state, error } = await vendors.run('site', stream);
          expect(state, `${what}, ${stream}: ${error?.detail}`).toBe('succeeded');
        }
        const census = await vendors.run('site', 'issues', 'census');
        expect([census.state, census.counts.doubt], what).toEqual(['succeeded', undefined]);
        const byId = async (stream: string): Promise<unknown[]> =>
          (await syncedRows(host.api, 'jira', stream, 'site')).sort((a, b) => Number(a['id']) - Number(b['id']));
        expect(await byId('issues'), what).toEqual(issueRows(site));
        expect(await byId('worklogs'), what).toEqual(worklogRows(site));
      };
      await settle('before any fault');
      let fired = 0;
      for (let step = 1; step <= STEPS; step += 1) {
        const fault = pick(FAULTS, random);
        const after = TOTAL.has(fault) ? random(3) : 0;
        const what = `step ${step} of seed ${SEED}: ${fault} after ${after} calls`;
        change(site, random);
        clock.advance(MINUTE);
        const before = await vendors.cursors('site');
        const told = site.requests.length;
        for (const stream of READS) {
          let left = after;
          site.faults.clear();
          if (left === 0) site.faults.add(fault);
          else {
            site.beforeCall = () => {
              left -= 1;
              if (left === 0) site.faults.add(fault);
            };
          }
          const run = await vendors.run('site', stream);
          if (after === 0 && TOTAL.has(fault)) expectNothing(run, `${what}, ${stream}`);
          site.beforeCall = undefined;
        }
        const census = await vendors.run('site', 'issues', 'census');
        if (TOTAL.has(fault)) expect(census.counts['deleted'] ?? 0, what).toBe(0);
        if (site.requests.length > told) fired += 1;
        if (after === 0 && TOTAL.has(fault)) expect(await vendors.cursors('site'), what).toEqual(before);
        const alive = new Set(site.issues.map(({ id }) => Number(id)));
        const deleted = (await vendors.rows('jira.issues', 'site')).filter((row) => row['deleted_at'] !== null);
        expect(
          deleted.filter((row) => alive.has(Number(row['id']))),
          `${what}: deleted and still there`,
        ).toEqual([]);
        if (step % 3 === 0 || step === STEPS) await settle(what);
        else {
          site.faults.clear();
          await vendors.recover('site');
        }
      }
      expect(fired, 'faults that nobody met').toBe(STEPS);
      await withDatabase(vendors.place, (db) => assertInvariants(db));
      expect(host.logs.filter((line) => line.includes(site.token))).toEqual([]);
    },
  );
});

describe('FortiGate', () => {
  const FAULTS: readonly FortiGateFault[] = [
    ...(['down', 'hang', '401', '429', '500', 'html', 'truncated', 'error-status'] as const),
    ...(['403-sys', '403-net', '403-fw', '403-vpn', 'reduced', 'vdom-hidden', 'vdom-403', 'string-numbers'] as const),
    ...(['404-licence', '404-ha', 'no-global', 'memory-leak'] as const),
  ];
  /** The device says nothing at all. */
  const TOTAL: ReadonlySet<string> = new Set(FAULTS.slice(0, 8));
  const READS = ['interfaces', 'traffic', 'policies', 'policy_stats', 'vpn_tunnels', 'licences', 'ha'] as const;
  const TOKEN = 'the-token-of-the-device';

  test(
    `${STEPS} faults of a device, and then its rows (seed ${SEED})`,
    { timeout: STEPS * 30_000 + 60_000 },
    async () => {
      const random = createRandom(SEED + 1);
      const { host } = vendors;
      await using device = await createFortiGateSimulator({ policies: 12, token: TOKEN, lockMs: 1 });
      await vendors.add('device', 'fortigate', { baseUrl: device.url, apiToken: TOKEN });
      const { vdoms } = device.device;
      const truth = {
        interfaces: (): string[] => vdoms.flatMap((vdom) => vdom.interfaces.map(({ name }) => `${vdom.name}/${name}`)),
        policies: (): string[] =>
          vdoms.flatMap((vdom) =>
            vdom.policies.filter(({ policyid }) => policyid !== 0).map(({ uuid }) => `${vdom.name}/${uuid}`),
          ),
        vpn_tunnels: (): string[] => [
          ...new Set(vdoms.flatMap((vdom) => vdom.tunnels.map(({ name }) => `${vdom.name}/${name}`))),
        ],
      };
      const keyOf = (row: Readonly<Record<string, unknown>>): string =>
        [row['vdom'], row['uuid'] ?? row['name']].join('/');
      const settle = async (what: string): Promise<void> => {
        device.faults.clear();
        await vendors.recover('device');
        for (const stream of ['system', ...READS]) {
          const { state, error } = await vendors.run('device', stream);
          expect(state, `${what}, ${stream}: ${error?.detail}`).toBe('succeeded');
        }
        for (const [stream, keys] of Object.entries(truth)) {
          const rows = await syncedRows(host.api, 'fortigate', stream, 'device');
          expect([...new Set(rows.map(keyOf))].sort(), `${what}, ${stream}`).toEqual(keys().sort());
        }
      };
      await settle('before any fault');
      let fired = 0;
      for (let step = 1; step <= STEPS; step += 1) {
        const fault = pick(FAULTS, random);
        const what = `step ${step} of seed ${SEED}: ${fault}`;
        const vdom = pick(vdoms, random);
        const port = pick(vdom.interfaces, random);
        if (vdom.policies.length > 2)
          device.change({ change: 'remove-policy', vdom: vdom.name, policyid: vdom.policies[0]?.policyid ?? 0 });
        device.change({ change: 'link', vdom: vdom.name, name: port.name, up: random(2) === 0 });
        const before = await vendors.cursors('device');
        device.faults.clear();
        device.faults.add(fault);
        const told = device.requests.length;
        for (const stream of READS) {
          const run = await vendors.run('device', stream);
          if (TOTAL.has(fault)) expectNothing(run, `${what}, ${stream}`);
        }
        if (device.requests.length > told) fired += 1;
        const system = await vendors.run('device', 'system');
        if (TOTAL.has(fault)) {
          expect(system.state, what).toBe('failed');
          const { system: _, ...others } = await vendors.cursors('device');
          const { system: _before, ...othersBefore } = before;
          expect(others, what).toEqual(othersBefore);
        }
        for (const [stream, keys] of Object.entries(truth)) {
          const there = new Set(keys());
          const deleted = (await vendors.rows(`fortigate.${stream}`, 'device')).filter(
            (row) => row['deleted_at'] !== null,
          );
          expect(
            deleted.map(keyOf).filter((key) => there.has(key)),
            `${what}: deleted and still there`,
          ).toEqual([]);
        }
        await settle(what);
      }
      expect(fired, 'faults that nobody met').toBe(STEPS);
      await withDatabase(vendors.place, (db) => assertInvariants(db));
      expect(host.logs.filter((line) => line.includes(TOKEN))).toEqual([]);
    },
  );
});
