import { inBatches } from '../batches.ts';
import { query, vdomParam } from '../config.ts';
import { byPlace, IMPLICIT_DENY, readPolicies, type Policy } from '../policies.ts';

const DAY_MS = 86_400_000;

export const policyUnused = query({
  title: 'Unused policies',
  description:
    'Policies that no traffic has matched for so many days. The device counts since its last restart or reset.',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      vdom: vdomParam,
      days: { type: 'integer', minimum: 1, maximum: 3650, default: 90, title: 'Days without use' },
    },
  },
  columns: {
    vdom: { type: 'string', label: 'VDOM' },
    policyid: { type: 'integer', label: 'Policy' },
    name: { type: 'string', label: 'Name' },
    status: { type: 'string', label: 'Status' },
    lastUsed: { type: 'datetime', label: 'Last used (empty: never)' },
    hits: { type: 'integer', label: 'Hits' },
  },
  cache: '5m',
  async *rows(ctx, params) {
    const before = new Date(ctx.now().getTime() - params.days * DAY_MS).toISOString();
    const policies = await readPolicies(ctx, params.vdom);
    const unused = policies.filter((policy) => policy.policyid !== IMPLICIT_DENY && isUnused(policy, before));
    unused.sort((a, b) => compareText(a.lastUsed ?? '', b.lastUsed ?? '') || byPlace(a, b));
    yield* inBatches(
      unused.map(({ vdom, policyid, name, status, lastUsed, hits }) => {
        return { vdom, policyid, name, status, lastUsed, hits };
      }),
    );
  },
});

/** A policy with traffic but no time of it is in use as far as anyone can tell. */
function isUnused(policy: Policy, before: string): boolean {
  if ((policy.activeSessions ?? 0) > 0) return false;
  if (policy.lastUsed !== null) return policy.lastUsed < before;
  return (policy.hits ?? 0) === 0 && (policy.bytes ?? 0) === 0 && (policy.packets ?? 0) === 0;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
