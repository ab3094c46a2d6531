import { checkpoint, upsert } from '@jackfield/sdk';
import { inBatches } from '../batches.ts';
import { numberOf, textOf } from '../cells.ts';
import { stream, type Ctx } from '../config.ts';
import { both, readOptional, readRequired } from '../device.ts';
import { listedResults, vdomOf, type Envelope } from '../envelope.ts';
import { countersOf } from '../policies.ts';
import { signIn } from '../sign-in.ts';
import { vdomScope } from '../vdom.ts';
import { versionAtLeast } from '../version.ts';
import { cursorFields } from './vdoms.ts';

export const policyStats = stream({
  title: 'Policy counters',
  description: 'What each policy has matched, as samples; for IPv6 only of policies that IPv6 traffic has matched.',
  columns: {
    vdom: { type: 'string', label: 'VDOM' },
    policyid: { type: 'integer', label: 'Policy' },
    ipVersion: { type: 'integer', label: 'IP version' },
    ts: { type: 'datetime', label: 'Time' },
    uuid: { type: 'string', label: 'UUID' },
    bytes: { type: 'number', unit: 'bytes', label: 'Traffic' },
    packets: { type: 'integer', label: 'Packets' },
    hits: { type: 'integer', label: 'Hits' },
    activeSessions: { type: 'integer', label: 'Sessions' },
    lastUsed: { type: 'datetime', label: 'Last used' },
  },
  primaryKey: ['vdom', 'policyid', 'ipVersion', 'ts'],
  deletion: 'never',
  every: '5m',
  retain: '14d',
  async *read(ctx, cursor) {
    const [four, six] = await readCounters(ctx);
    if (four.length === 0 && six.length === 0) return;
    const before = numberOf(cursorFields(cursor)['at']) ?? 0;
    const at = Math.max(ctx.now().getTime(), before + 1);
    const rows = [
      ...four.flatMap((envelope) => rowsOf(envelope, 4, at)),
      ...six.flatMap((envelope) => rowsOf(envelope, 6, at)),
    ];
    for (const batch of inBatches(rows)) yield upsert(batch);
    yield checkpoint({ at });
  },
});

/** Before 6.4 IPv6 has policies of its own, with numbers of their own. */
async function readCounters(ctx: Ctx): Promise<readonly [readonly Envelope[], readonly Envelope[]]> {
  const { version } = await signIn(ctx);
  const scope = vdomScope(ctx, '*');
  const path = 'monitor/firewall/policy';
  if (!versionAtLeast(version, 6, 4)) {
    return both(
      () => readRequired(ctx, { path, scope }),
      () => readOptional(ctx, { path: 'monitor/firewall/policy6', scope }),
    );
  }
  return both(
    () => readRequired(ctx, { path, scope, params: { ip_version: 'ipv4' } }),
    () => readOptional(ctx, { path, scope, params: { ip_version: 'ipv6' } }),
  );
}

function rowsOf(envelope: Envelope, ipVersion: 4 | 6, at: number) {
  const vdom = vdomOf(envelope);
  const seen = new Set<number>();
  return listedResults(envelope.results).flatMap((item) => {
    const counters = countersOf(vdom, item);
    if (counters === null || seen.has(counters.policyid)) return [];
    seen.add(counters.policyid);
    const { policyid, bytes, packets, hits, activeSessions, lastUsed } = counters;
    if (ipVersion === 6 && [bytes, packets, hits].every((count) => count === null || count === 0)) return [];
    const ts = new Date(at);
    return [
      { vdom, policyid, ipVersion, ts, uuid: textOf(item['uuid']), bytes, packets, hits, activeSessions, lastUsed },
    ];
  });
}
