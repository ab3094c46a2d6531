// How the conformance suite tries the plugin: against a simulated device whose clock stands still.
import { defineConformance } from '@jackfield/sdk/testing';
import { createFortiGateSimulator } from '../simulator/simulator.ts';

const TOKEN = 'the-right-token';
const NOW = Date.UTC(2026, 4, 4, 10, 0, 0);

export default defineConformance({
  async start() {
    const device = await createFortiGateSimulator({ token: TOKEN, policies: 40, now: () => NOW });
    return {
      config: { baseUrl: device.url, apiToken: TOKEN },
      [Symbol.asyncDispose]: () => device.close(),
    };
  },
  now: () => new Date(NOW),
  params: { get: { path: '/api/v2/cmdb/firewall/address' } },
  invalid: { 'a VDOM that cannot be': { vdoms: ['../root'] } },
  // What says when, and the age of a tunnel, which the device counts in seconds.
  volatile: {
    system: ['stateSince', 'lastSeen', 'serialHistory', 'clockOffset'],
    vpn_tunnels: ['since'],
    ha: ['lastSeen'],
  },
  placeless: {
    system: 'A device has one row, which is read each time; the cursor remembers its state before.',
    traffic: 'Each read takes a sample of counters; the cursor is the sample before.',
    policy_stats: 'Each read takes a sample of counters; the cursor is the sample before.',
    ha: 'Every member is read each time; the cursor remembers those that were seen before.',
  },
  previous: null,
});
