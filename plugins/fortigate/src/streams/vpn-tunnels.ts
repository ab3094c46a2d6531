// A tunnel that is no longer listed: a dial-up peer has hung up, a configured tunnel is down or was deleted, and the
// configuration tells which.
import { checkpoint, complete, remove, upsert, type ReadStep } from '@jackfield/sdk';
import { inBatches } from '../batches.ts';
import { textOf } from '../cells.ts';
import { stream, type Ctx } from '../config.ts';
import { both, readOptional, readWithRefusals } from '../device.ts';
import { isWhole, listedResults, vdomOf } from '../envelope.ts';
import { tunnelColumns, tunnelRows } from '../rows/tunnels.ts';
import { vdomScope } from '../vdom.ts';
import { packTunnels, parseTunnels, type Known } from './known-tunnels.ts';
import { parseVdoms, watchVdoms } from './vdoms.ts';

export const vpnTunnels = stream({
  title: 'IPsec tunnels',
  description: 'One row for each phase 2. Rows of dial-up peers end with their session; a configured tunnel stays.',
  columns: tunnelColumns,
  primaryKey: ['vdom', 'name', 'p2name', 'p2serial'],
  deletion: 'absence',
  every: '5m',
  async *read(ctx, cursor) {
    const answer = await readWithRefusals(ctx, { path: 'monitor/vpn/ipsec', scope: vdomScope(ctx, '*') });
    if (!answer.here) return;
    const known = parseTunnels(cursor);
    for (const envelope of answer.envelopes) {
      const vdom = vdomOf(envelope);
      const rows = tunnelRows(envelope, ctx.now());
      for (const batch of inBatches(rows)) yield upsert(batch);
      if (!isWhole(envelope, 'name')) {
        ctx.log.warn('a reduced answer ends no tunnels', { vdom });
        continue;
      }
      const listed = rows.map(({ name, p2name, p2serial, type }): Known => ({ name, p2name, p2serial, type }));
      const names = new Set(listed.map(textOfKey));
      const missing = (known.get(vdom) ?? []).filter((tunnel) => !names.has(textOfKey(tunnel)));
      const down = yield* settle(ctx, vdom, missing);
      known.set(vdom, [...listed, ...down]);
      yield complete({ vdom });
    }
    const { vdoms, removed } = await watchVdoms(ctx, parseVdoms(cursor), answer);
    for (const vdom of removed) {
      known.delete(vdom);
      yield complete({ vdom });
    }
    yield checkpoint({ vdoms: vdoms.names, used: vdoms.used, tunnels: packTunnels(known) });
  },
});

function textOfKey({ name, p2name, p2serial }: Known): string {
  return JSON.stringify([name, p2name, p2serial]);
}

/** Says what became of the tunnels that are not listed any more, and returns those that are only down. */
async function* settle(ctx: Ctx, vdom: string, missing: readonly Known[]): AsyncGenerator<ReadStep, readonly Known[]> {
  const keyOf = ({ name, p2name, p2serial }: Known) => ({ vdom, name, p2name, p2serial });
  const ended = missing.filter(({ type }) => type === 'dialup');
  if (ended.length > 0) yield remove(ended.map(keyOf), 'session ended');
  const silent = missing.filter(({ type }) => type !== 'dialup');
  if (silent.length === 0) return [];
  const configured = await readConfigured(ctx, vdom);
  const deleted = silent.filter(({ name }) => configured !== null && !configured.has(name));
  if (deleted.length > 0) yield remove(deleted.map(keyOf), 'deleted from the configuration');
  const down = silent.filter((tunnel) => !deleted.includes(tunnel));
  const nothing = { remoteGw: null, user: null, in: null, out: null, since: null };
  if (down.length > 0) {
    yield upsert(down.map((tunnel) => ({ ...keyOf(tunnel), type: tunnel.type, status: 'down', ...nothing })));
  }
  return down;
}

/** Names of the configured tunnels, of either kind; null when the configuration cannot be read in full. */
async function readConfigured(ctx: Ctx, vdom: string): Promise<ReadonlySet<string> | null> {
  const params = { format: 'name' };
  const [routed, policyBased] = await both(
    () => readOptional(ctx, { path: 'cmdb/vpn.ipsec/phase1-interface', scope: vdom, params }),
    () => readOptional(ctx, { path: 'cmdb/vpn.ipsec/phase1', scope: vdom, params }),
  );
  if (routed.length === 0 || ![...routed, ...policyBased].every((envelope) => isWhole(envelope, 'name'))) return null;
  const names = [...routed, ...policyBased].flatMap((envelope) => listedResults(envelope.results));
  return new Set(names.map((item) => textOf(item['name'])).filter((name) => name !== null));
}
