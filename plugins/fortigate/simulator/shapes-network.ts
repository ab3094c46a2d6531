// How versions tell policies, sessions, tunnels, users and links.
import type { Asked } from './endpoints.ts';
import { reading, type LinkState, type PolicyState, type TunnelState } from './state.ts';
import { atLeast } from './version.ts';

/** From 6.4 one policy has counters for both IP versions, told apart on demand. */
export function policyCounters(asked: Asked): object {
  const wanted = atLeast(asked.device.version, '6.4.0') ? asked.query.get('ip_version') : null;
  return counters(asked, asked.vdom.policies, wanted);
}

export function policyCounters6(asked: Asked): object {
  return counters(asked, asked.vdom.policies6, null);
}

/** A tenth of the traffic is IPv6. */
export function shareOf(total: number, ipVersion: string | null): number {
  const six = Math.floor(total / 10);
  if (ipVersion === 'ipv6') return six;
  return ipVersion === 'ipv4' ? total - six : total;
}

/** The implicit deny and a policy that was never used have few fields. */
function counters({ device, now }: Asked, policies: readonly PolicyState[], ipVersion: string | null): object {
  return policies
    .filter((policy) => policy.counted)
    .map((policy) => ({
      policyid: policy.policyid,
      active_sessions: policy.activeSessions,
      bytes: shareOf(reading(policy.bytes, device, now), ipVersion),
      packets: shareOf(reading(policy.packets, device, now), ipVersion),
      ...(policy.policyid === 0 ? {} : { uuid: policy.uuid, uuid_type: 'firewall.policy' }),
      ...(policy.lastUsed === null ? {} : usedFields(policy)),
    }));
}

function usedFields({ lastUsed, hits, activeSessions }: PolicyState): object {
  return { last_used: lastUsed, session_last_used: lastUsed, hit_count: hits, session_count: activeSessions };
}

export function policyConfig(asked: Asked): object {
  return configured(asked, asked.vdom.policies);
}

export function policyConfig6(asked: Asked): object {
  return configured(asked, asked.vdom.policies6);
}

function configured({ query }: Asked, policies: readonly PolicyState[]): object {
  const format = query.get('format')?.split('|');
  return policies
    .filter((policy) => policy.policyid !== 0)
    .map((policy) => {
      const all = {
        policyid: policy.policyid,
        q_origin_key: policy.policyid,
        uuid: policy.uuid,
        name: policy.name,
        action: policy.action,
        status: policy.status,
        srcintf: [{ name: 'any', q_origin_key: 'any' }],
        dstintf: [{ name: 'any', q_origin_key: 'any' }],
        srcaddr: [{ name: 'all', q_origin_key: 'all' }],
        dstaddr: [{ name: 'all', q_origin_key: 'all' }],
        service: [{ name: 'HTTPS', q_origin_key: 'HTTPS' }],
        schedule: 'always',
        nat: 'disable',
        logtraffic: 'utm',
        comments: '',
      };
      if (format === undefined) return all;
      return Object.fromEntries(
        Object.entries(all).filter(([name]) => name === 'q_origin_key' || format.includes(name)),
      );
    });
}

/** Older builds give a bare array. */
export function sessions({ device, vdom }: Asked): object {
  const details = vdom.policies
    .filter((policy) => policy.activeSessions > 0)
    .slice(0, 20)
    .map((policy) => ({
      proto: 'tcp',
      policyid: policy.policyid,
      saddr: '192.0.2.10',
      daddr: '198.51.100.10',
      dport: 443,
    }));
  if (!atLeast(device.version, '7.0.0')) return details;
  return { summary: { session_count: details.length, setup_rate: 1 }, details };
}

const ANY = [{ subnet: '0.0.0.0/0.0.0.0', port: 0, protocol: 0, protocol_name: '' }];

export function ipsec({ device, vdom, now }: Asked): object {
  return vdom.tunnels
    .filter((tunnel) => tunnel.listed)
    .map((tunnel) => {
      const phase2 = tunnel.phase2.map((item) => ({
        p2name: item.name,
        p2serial: item.serial,
        status: item.up ? 'up' : 'down',
        expire: 3600,
        incoming_bytes: reading(item.in, device, now),
        outgoing_bytes: reading(item.out, device, now),
        proxy_src: ANY,
        proxy_dst: ANY,
      }));
      return {
        name: tunnel.name,
        comments: '',
        'wizard-type': 'custom',
        type: tunnel.kind === 'template' ? '' : tunnel.kind,
        rgwy: tunnel.gateway,
        incoming_bytes: phase2.reduce((sum, item) => sum + item.incoming_bytes, 0),
        outgoing_bytes: phase2.reduce((sum, item) => sum + item.outgoing_bytes, 0),
        ...(tunnel.kind === 'template' ? {} : { creation_time: Math.floor(now - tunnel.upSince) }),
        ...(atLeast(device.version, '7.2.0') ? { tun_id: tunnel.gateway, tun_id6: `::${tunnel.gateway}` } : {}),
        ...(tunnel.kind === 'dialup' ? peerFields(tunnel, atLeast(device.version, '7.2.0')) : {}),
        proxyid: phase2,
      };
    });
}

/** What is configured, whether the monitor lists it or not; peers are not configured one by one. */
export function phase1({ vdom }: Asked): object {
  return vdom.tunnels
    .filter((tunnel) => tunnel.kind !== 'dialup')
    .map((tunnel) => ({
      name: tunnel.name,
      q_origin_key: tunnel.name,
      type: tunnel.kind === 'template' ? 'dynamic' : 'static',
      interface: 'wan0',
      'remote-gw': tunnel.gateway,
      psksecret: 'ENC XXXX',
    }));
}

/** Newer versions name the user in `user`, and a client's own address in `username`. */
function peerFields({ parent, user }: TunnelState, newer: boolean): object {
  const identity = newer ? { user, username: '192.168.50.10' } : { username: user };
  return { parent, connection_count: 1, dialup_index: 0, ...identity };
}

export function sslUsers({ device, vdom, now }: Asked): object {
  return vdom.sslUsers.map((user, position) => ({
    index: 620 + position,
    user_name: user.name,
    remote_host: user.remoteHost,
    last_login_time: new Date(user.since * 1000).toUTCString(),
    last_login_timestamp: user.since,
    ...(atLeast(device.version, '7.2.0') ? { interface: 'ssl.root', duration: Math.floor(now - user.since) } : {}),
    subsessions: user.sessions.map((session) => ({
      index: 621,
      parent_index: 620 + position,
      mode: 'Tunnel',
      type: 'Unknown',
      aip: user.tunnelIp,
      desthost: '',
      in_bytes: reading(session.in, device, now),
      out_bytes: reading(session.out, device, now),
    })),
  }));
}

/** A disabled link has nothing but its status. */
function linkShape(link: LinkState): object {
  if (link.status === 'disable') return { status: link.status };
  return {
    status: link.status,
    latency: link.latency,
    jitter: link.jitter,
    packet_loss: link.loss,
    packet_sent: 1000,
    packet_received: 1000 - link.loss * 10,
    rx_bandwidth: link.rx,
    tx_bandwidth: link.tx,
    session: 7,
    state_changed: 1_614_107_800,
  };
}

function nested(links: readonly LinkState[]): object {
  const checks: Record<string, Record<string, object>> = {};
  for (const link of links) (checks[link.check] ??= {})[link.interface] = linkShape(link);
  return checks;
}

export function healthChecks({ vdom }: Asked): object {
  return nested(vdom.healthChecks);
}

/** One level flatter in the newest schema. */
export function linkMonitors({ device, vdom }: Asked): object {
  if (!atLeast(device.version, '7.6.0')) return nested(vdom.linkMonitors);
  return Object.fromEntries(
    vdom.linkMonitors.map((link) => [link.check, { interface: link.interface, ...linkShape(link) }]),
  );
}

/** A number up to 7.0, text since. */
export function bgpNeighbors({ device }: Asked): object {
  const as = 64_500;
  return [
    {
      neighbor_ip: '198.51.100.1',
      local_ip: '198.51.100.2',
      remote_as: atLeast(device.version, '7.2.0') ? String(as) : as,
      state: 'Established',
    },
  ];
}

/** Objects in objects, one with a field that another lacks, and a number that is text for one of them. */
export function addresses(): object {
  return [
    { name: 'all', uuid: '', type: 'ipmask', subnet: '0.0.0.0 0.0.0.0', color: 0, visibility: 'enable', tagging: [] },
    { name: 'office', type: 'ipmask', subnet: '192.0.2.0 255.255.255.0', color: '3', tagging: [{ category: 'site' }] },
  ];
}

export function globalSettings({ device }: Asked): object {
  return { hostname: device.hostname, 'admin-sport': 8443, 'gui-ipv6': 'enable', 'admin-lockout-duration': 60 };
}
