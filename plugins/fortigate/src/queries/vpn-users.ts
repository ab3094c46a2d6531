import { inBatches } from '../batches.ts';
import { addressOf, firstOf, numberOf, textOf, timeOf, type Fields } from '../cells.ts';
import { query, vdomParam } from '../config.ts';
import { both, readOptional } from '../device.ts';
import { listedResults } from '../envelope.ts';
import { readTunnels, type Tunnel } from '../tunnels.ts';
import { vdomScope } from '../vdom.ts';

export const vpnUsers = query({
  title: 'Remote-access users',
  description: 'SSL-VPN users (FortiOS before 7.6.3) and connected peers of dial-up IPsec tunnels.',
  params: { type: 'object', additionalProperties: false, properties: { vdom: vdomParam } },
  columns: {
    vdom: { type: 'string', label: 'VDOM' },
    user: { type: 'string', label: 'User' },
    remoteHost: { type: 'string', label: 'From' },
    type: { type: 'string', label: 'VPN' },
    since: { type: 'datetime', label: 'Since' },
    in: { type: 'number', unit: 'bytes', label: 'Received' },
    out: { type: 'number', unit: 'bytes', label: 'Sent' },
  },
  cache: '30s',
  async *rows(ctx, params) {
    const [tunnels, ssl] = await both(
      () => readTunnels(ctx, params.vdom),
      () => readOptional(ctx, { path: 'monitor/vpn/ssl', scope: vdomScope(ctx, params.vdom) }),
    );
    const nowSeconds = Math.floor(ctx.now().getTime() / 1000);
    for (const { vdom, results } of ssl) {
      yield* inBatches(listedResults(results).map((item) => sslRow(vdom, item, nowSeconds)));
    }
    yield* inBatches(tunnels.filter(isConnectedPeer).map((tunnel) => peerRow(tunnel, nowSeconds)));
  },
});

/** The dial-up tunnel itself is listed beside its peers, without a peer's address. */
function isConnectedPeer(tunnel: Tunnel): boolean {
  return tunnel.dialUp && tunnel.remoteGw !== null;
}

function peerRow(tunnel: Tunnel, nowSeconds: number) {
  return {
    vdom: tunnel.vdom,
    user: tunnel.user,
    remoteHost: tunnel.remoteGw,
    type: 'ipsec',
    since: tunnel.age === null ? null : timeOf(nowSeconds - tunnel.age),
    in: tunnel.inBytes,
    out: tunnel.outBytes,
  };
}

function sslRow(vdom: string | null, item: Fields, nowSeconds: number) {
  const sessions = listedResults(item['subsessions']);
  const duration = numberOf(item['duration']);
  return {
    vdom,
    user: textOf(item['user_name']),
    remoteHost: addressOf(item['remote_host']),
    type: 'ssl',
    since: timeOf(firstOf(item['last_login_timestamp'], duration === null ? null : nowSeconds - duration)),
    in: total(sessions, 'in_bytes'),
    out: total(sessions, 'out_bytes'),
  };
}

function total(sessions: readonly Fields[], field: string): number | null {
  const counts = sessions.map((session) => numberOf(session[field])).filter((count) => count !== null);
  return counts.length === 0 ? null : counts.reduce((sum, count) => sum + count, 0);
}
