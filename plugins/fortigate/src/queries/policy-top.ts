import { query, vdomParam } from '../config.ts';
import { byPlace, readPolicies } from '../policies.ts';

export const policyTop = query({
  title: 'Top policies by traffic',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      vdom: vdomParam,
      n: { type: 'integer', minimum: 1, maximum: 1000, default: 10, title: 'How many' },
    },
  },
  columns: {
    vdom: { type: 'string', label: 'VDOM' },
    policyid: { type: 'integer', label: 'Policy' },
    name: { type: 'string', label: 'Name' },
    action: { type: 'string', label: 'Action' },
    bytes: { type: 'number', unit: 'bytes', label: 'Traffic' },
    packets: { type: 'integer', label: 'Packets' },
    hits: { type: 'integer', label: 'Hits' },
    lastUsed: { type: 'datetime', label: 'Last used' },
  },
  cache: '60s',
  async *rows(ctx, params) {
    const policies = await readPolicies(ctx, params.vdom);
    policies.sort((a, b) => (b.bytes ?? -1) - (a.bytes ?? -1) || byPlace(a, b));
    yield policies.slice(0, params.n).map(({ vdom, policyid, name, action, bytes, packets, hits, lastUsed }) => {
      return { vdom, policyid, name, action, bytes, packets, hits, lastUsed };
    });
  },
});
