import { inBatches } from '../batches.ts';
import { numberOf, textOf } from '../cells.ts';
import { query, vdomParam } from '../config.ts';
import { readTunnels, type Tunnel } from '../tunnels.ts';

export const vpnIpsec = query({
  title: 'IPsec tunnels',
  description:
    'One row for each phase 2; two of a tunnel can share a name. A dial-up tunnel also has a row for each peer.',
  params: { type: 'object', additionalProperties: false, properties: { vdom: vdomParam } },
  columns: {
    vdom: { type: 'string', label: 'VDOM' },
    tunnel: { type: 'string', label: 'Tunnel' },
    phase2: { type: 'string', label: 'Phase 2' },
    status: { type: 'string', label: 'Status' },
    remoteGw: { type: 'string', label: 'Remote gateway' },
    user: { type: 'string', label: 'User' },
    in: { type: 'number', unit: 'bytes', label: 'Received' },
    out: { type: 'number', unit: 'bytes', label: 'Sent' },
    upFor: { type: 'integer', unit: 's', label: 'Up for' },
  },
  cache: '30s',
  async *rows(ctx, params) {
    const tunnels = await readTunnels(ctx, params.vdom);
    yield* inBatches(tunnels.flatMap(phase2Rows));
  },
});

function phase2Rows(tunnel: Tunnel) {
  const { vdom, name, remoteGw, user, inBytes, outBytes, age } = tunnel;
  const shared = { vdom, tunnel: name, remoteGw, user };
  if (tunnel.phase2.length === 0) {
    return [{ ...shared, phase2: null, status: null, in: inBytes, out: outBytes, upFor: null }];
  }
  return tunnel.phase2.map((item) => ({
    ...shared,
    phase2: textOf(item['p2name']),
    status: textOf(item['status']),
    in: numberOf(item['incoming_bytes']),
    out: numberOf(item['outgoing_bytes']),
    upFor: item['status'] === 'up' ? age : null,
  }));
}
