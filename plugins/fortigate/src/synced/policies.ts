// What firewall policies have matched, from the samples of an hour: enough to have one of each, whatever the rhythm.
import { syncedQuery } from '@jackfield/sdk';
import { policyStats } from '../streams/policy-stats.ts';

const RECENT = { column: 'ts', op: 'gte', ago: '1h' } as const;
/** Policy 0 is what refuses everything else: nobody can remove it. */
const CONFIGURED = { column: 'policyid', op: 'ne', value: 0 } as const;

export const busiestPolicies = syncedQuery({
  title: 'Policies with the most hits, of all devices',
  description: 'As the device counts since its last restart or reset.',
  stream: policyStats,
  params: {
    type: 'object',
    additionalProperties: false,
    properties: { n: { type: 'integer', minimum: 1, maximum: 1000, default: 20, title: 'Policies' } },
  },
  where: [RECENT],
  groupBy: ['vdom', 'policyid'],
  measures: [
    { name: 'hits', fn: 'max', column: 'hits', label: 'Hits' },
    { name: 'bytes', fn: 'max', column: 'bytes', label: 'Traffic' },
    { name: 'lastUsed', fn: 'max', column: 'lastUsed', label: 'Last used' },
  ],
  orderBy: [{ column: 'hits', descending: true }],
  limit: { param: 'n' },
});

export const idlePolicies = syncedQuery({
  title: 'Policies without use, of all devices',
  description: 'Of those that the device counts; IPv4. It counts since its last restart or reset.',
  stream: policyStats,
  params: {
    type: 'object',
    additionalProperties: false,
    properties: { days: { type: 'integer', minimum: 1, maximum: 3650, default: 90, title: 'Days without use' } },
  },
  where: [RECENT, CONFIGURED, { column: 'ipVersion', op: 'eq', value: 4 }],
  groupBy: ['vdom'],
  measures: [
    { name: 'policies', fn: 'countDistinct', column: 'policyid', label: 'Policies' },
    {
      name: 'idle',
      fn: 'countDistinct',
      column: 'policyid',
      where: [{ column: 'lastUsed', op: 'lt', ago: { param: 'days', unit: 'd' } }],
      label: 'Idle',
    },
    {
      name: 'never',
      fn: 'countDistinct',
      column: 'policyid',
      where: [{ column: 'lastUsed', op: 'null' }],
      label: 'Never used',
    },
  ],
  orderBy: [{ column: 'idle', descending: true }],
});
