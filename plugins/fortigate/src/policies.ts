// Policies as the counters and the configuration tell them, joined on VDOM and policy id.
import { firstOf, integerOf, numberOf, textOf, timeOf } from './cells.ts';
import type { Ctx } from './config.ts';
import { both, readOptional, readRequired } from './device.ts';
import { listedResults } from './envelope.ts';
import { vdomScope } from './vdom.ts';

export interface Policy {
  readonly vdom: string | null;
  readonly policyid: number;
  readonly name: string | null;
  readonly action: string | null;
  readonly status: string | null;
  readonly bytes: number | null;
  readonly packets: number | null;
  readonly hits: number | null;
  readonly activeSessions: number | null;
  readonly lastUsed: string | null;
}

/** The policy that ends every list: it has counters but no configuration. */
export const IMPLICIT_DENY = 0;

type Settings = Pick<Policy, 'vdom' | 'policyid' | 'name' | 'action' | 'status'>;
export type Counters = Omit<Policy, 'name' | 'action' | 'status'>;

/** Every policy that has counters or is configured; a disabled one often has no counters. */
export async function readPolicies(ctx: Ctx, vdom: string): Promise<Policy[]> {
  const scope = vdomScope(ctx, vdom);
  const fields = 'policyid|uuid|name|action|status';
  const [counted, configured] = await both(
    () => readRequired(ctx, { path: 'monitor/firewall/policy', scope }),
    () => readOptional(ctx, { path: 'cmdb/firewall/policy', scope, params: { format: fields } }),
  );
  const settings = new Map<string, Settings>();
  for (const envelope of configured) {
    for (const item of listedResults(envelope.results)) {
      const policyid = integerOf(item['policyid']);
      if (policyid !== null)
        settings.set(keyOf(envelope.vdom, policyid), { vdom: envelope.vdom, policyid, ...told(item) });
    }
  }
  const policies: Policy[] = [];
  for (const envelope of counted) {
    for (const item of listedResults(envelope.results)) {
      const counters = countersOf(envelope.vdom, item);
      if (counters === null) continue;
      const key = keyOf(envelope.vdom, counters.policyid);
      policies.push({ ...(settings.get(key) ?? unnamed(counters)), ...counters });
      settings.delete(key);
    }
  }
  for (const left of settings.values()) {
    policies.push({ ...left, bytes: null, packets: null, hits: null, activeSessions: null, lastUsed: null });
  }
  return policies;
}

function keyOf(vdom: string | null, policyid: number): string {
  return `${policyid} ${vdom ?? ''}`;
}

function told(item: Readonly<Record<string, unknown>>): Pick<Policy, 'name' | 'action' | 'status'> {
  return { name: textOf(item['name']), action: textOf(item['action']), status: textOf(item['status']) };
}

function unnamed({ vdom, policyid }: Counters): Settings {
  return policyid === IMPLICIT_DENY
    ? { vdom, policyid, name: 'Implicit deny', action: 'deny', status: 'enable' }
    : { vdom, policyid, name: null, action: null, status: null };
}

export function countersOf(vdom: string | null, item: Readonly<Record<string, unknown>>): Counters | null {
  const policyid = integerOf(item['policyid']);
  if (policyid === null) return null;
  return {
    vdom,
    policyid,
    bytes: numberOf(item['bytes']),
    packets: integerOf(item['packets']),
    hits: integerOf(item['hit_count']),
    activeSessions: integerOf(firstOf(item['active_sessions'], item['session_count'])),
    lastUsed: timeOf(firstOf(item['last_used'], item['session_last_used'])),
  };
}

/** Orders policies that are otherwise equal. */
export function byPlace(a: Policy, b: Policy): number {
  if (a.vdom !== b.vdom) return (a.vdom ?? '') < (b.vdom ?? '') ? -1 : 1;
  return a.policyid - b.policyid;
}
