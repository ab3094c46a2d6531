// What each query should say, from the simulated device's state alone: no wire shapes here.
import { newestSample } from '../simulator/shapes-system.ts';
import {
  loadAt,
  reading,
  type DeviceState,
  type LinkState,
  type PolicyState,
  type Resource,
} from '../simulator/state.ts';
import { atLeast } from '../simulator/version.ts';
import type { Row } from './harness.ts';

const DAY = 86_400;

export interface World {
  readonly device: DeviceState;
  /** Seconds since the epoch. */
  readonly now: number;
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();

/** Rows for `vdom: '*'` and the default params. */
export const expected: Readonly<Record<string, (world: World) => Row[]>> = {
  system_status: ({ device }) => {
    const told = atLeast(device.version, '6.4.0');
    return device.vdoms.map((vdom) => ({
      hostname: told ? device.hostname : null,
      // Where the version does not name its model, the serial number does.
      model: told ? 'FortiGate 61F' : 'FGT61F',
      serial: device.serial,
      version: `v${device.version.join('.')}`,
      build: device.build,
      vdom: vdom.name,
      logDisk: told ? 'available' : null,
    }));
  },

  resource_usage: ({ device, now }) => {
    const step = 180_000;
    const point = (resource: Resource, back: number): number => newestSample(resource, step, now) - back * step;
    return Array.from({ length: 20 }, (_, index) => 19 - index).map((back) => ({
      ts: new Date(point('cpu', back)).toISOString(),
      cpu: loadAt(device, 'cpu', point('cpu', back)),
      mem: loadAt(device, 'mem', point('mem', back)),
      disk: loadAt(device, 'disk', point('disk', back)),
      sessions: loadAt(device, 'session', point('session', back)),
      setupRate: loadAt(device, 'setuprate', point('setuprate', back)),
    }));
  },

  interfaces: ({ device, now }) =>
    device.vdoms.flatMap((vdom) =>
      vdom.interfaces.map((item) => ({
        vdom: vdom.name,
        name: item.name,
        alias: item.alias === '' ? null : item.alias,
        ip: item.ip === '0.0.0.0' ? null : item.ip,
        link: item.link,
        speed: item.speed,
        rx: reading(item.rx, device, now),
        tx: reading(item.tx, device, now),
        rxErrors: item.rxErrors,
        txErrors: item.txErrors,
      })),
    ),

  policy_top: (world) => topPolicies(world, 10),
  policy_unused: (world) => unusedPolicies(world, 90),

  vpn_ipsec: ({ device, now }) =>
    device.vdoms.flatMap((vdom) =>
      vdom.tunnels.flatMap((tunnel): Row[] => {
        const { name, gateway, user, upSince } = tunnel;
        const shared = { vdom: vdom.name, tunnel: name, remoteGw: gateway === '0.0.0.0' ? null : gateway, user };
        if (tunnel.phase2.length === 0) return [{ ...shared, phase2: null, status: null, in: 0, out: 0, upFor: null }];
        return tunnel.phase2.map((phase2) => ({
          ...shared,
          phase2: phase2.name,
          status: phase2.up ? 'up' : 'down',
          in: reading(phase2.in, device, now),
          out: reading(phase2.out, device, now),
          upFor: phase2.up ? now - upSince : null,
        }));
      }),
    ),

  vpn_users: (world) => [...sslRows(world), ...dialupRows(world)],

  licences: ({ device, now }) => {
    const row = (service: string, entry: Partial<DeviceState['licences'][number]>): Row => ({
      service,
      status: entry.status ?? null,
      expires: entry.expires == null ? null : iso(entry.expires).slice(0, 10),
      daysLeft: entry.expires == null ? null : Math.floor((entry.expires - now) / DAY),
      version: entry.version ?? null,
      lastUpdate: entry.lastUpdate == null ? null : iso(entry.lastUpdate),
    });
    return [
      ...device.licences.map((entry) => row(entry.service, entry)),
      row('forticare', { status: 'registered' }),
      ...device.support.map((entry) => row(`forticare.${entry.service}`, entry)),
      row('vdom', {}),
    ];
  },

  ha_status: ({ device, now }) => {
    const wanted = device.members.find((member) => member.primary)?.checksum;
    return device.members.map((member) => ({
      hostname: member.hostname,
      serial: member.serial,
      role: member.primary ? 'primary' : 'secondary',
      cpu: member.cpu,
      mem: member.mem,
      sessions: member.sessions,
      inSync: member.checksum === wanted,
      uptime: now - member.startedAt,
    }));
  },

  sdwan_health: ({ device }) => [
    ...device.vdoms.flatMap((vdom) => vdom.healthChecks.map((link) => linkRow(vdom.name, link))),
    ...device.vdoms.flatMap((vdom) => vdom.linkMonitors.map((link) => linkRow(vdom.name, link))),
  ],
};

export function topPolicies({ device, now }: World, n: number): Row[] {
  return placed(device)
    .map(({ vdom, policy }) => ({
      vdom,
      policyid: policy.policyid,
      ...(policy.policyid === 0
        ? { name: 'Implicit deny', action: 'deny' }
        : { name: policy.name === '' ? null : policy.name, action: policy.action }),
      bytes: policy.counted ? reading(policy.bytes, device, now) : null,
      packets: policy.counted ? reading(policy.packets, device, now) : null,
      ...usage(policy),
    }))
    .toSorted((a, b) => (b.bytes ?? -1) - (a.bytes ?? -1) || compare(a, b))
    .slice(0, n);
}

export function unusedPolicies({ device, now }: World, days: number): Row[] {
  return placed(device)
    .filter(({ policy }) => policy.policyid !== 0 && policy.activeSessions === 0)
    .filter(({ policy }) => policy.lastUsed === null || policy.lastUsed < now - days * DAY)
    .toSorted((a, b) => (a.policy.lastUsed ?? 0) - (b.policy.lastUsed ?? 0) || compare(flat(a), flat(b)))
    .map(({ vdom, policy }) => ({
      vdom,
      policyid: policy.policyid,
      name: policy.name === '' ? null : policy.name,
      status: policy.status,
      ...usage(policy),
    }));
}

interface Placed {
  readonly vdom: string;
  readonly policy: PolicyState;
}

function placed(device: DeviceState): Placed[] {
  return device.vdoms.flatMap((vdom) => vdom.policies.map((policy) => ({ vdom: vdom.name, policy })));
}

function flat({ vdom, policy }: Placed): { vdom: string; policyid: number } {
  return { vdom, policyid: policy.policyid };
}

function compare(a: { vdom: string; policyid: number }, b: { vdom: string; policyid: number }): number {
  if (a.vdom !== b.vdom) return a.vdom < b.vdom ? -1 : 1;
  return a.policyid - b.policyid;
}

function usage({ lastUsed, hits }: PolicyState): { lastUsed: string | null; hits: number | null } {
  return { lastUsed: lastUsed === null ? null : iso(lastUsed), hits: lastUsed === null ? null : hits };
}

/** 7.6.3 has no SSL-VPN any more. */
function sslRows({ device, now }: World): Row[] {
  if (atLeast(device.version, '7.6.3')) return [];
  return device.vdoms.flatMap((vdom) =>
    vdom.sslUsers.map((user) => ({
      vdom: vdom.name,
      user: user.name,
      remoteHost: user.remoteHost,
      type: 'ssl',
      since: iso(user.since),
      in: user.sessions[0] === undefined ? null : reading(user.sessions[0].in, device, now),
      out: user.sessions[0] === undefined ? null : reading(user.sessions[0].out, device, now),
    })),
  );
}

function dialupRows({ device, now }: World): Row[] {
  return device.vdoms.flatMap((vdom) =>
    vdom.tunnels
      .filter((tunnel) => tunnel.kind === 'dialup')
      .map((tunnel) => ({
        vdom: vdom.name,
        user: tunnel.user,
        remoteHost: tunnel.gateway,
        type: 'ipsec',
        since: iso(tunnel.upSince),
        in: tunnel.phase2.reduce((sum, phase2) => sum + reading(phase2.in, device, now), 0),
        out: tunnel.phase2.reduce((sum, phase2) => sum + reading(phase2.out, device, now), 0),
      })),
  );
}

function linkRow(vdom: string, link: LinkState): Row {
  const { check, status, latency, jitter, loss, rx, tx } = link;
  const readings = { latency, jitter, loss, rx, tx };
  const none = { latency: null, jitter: null, loss: null, rx: null, tx: null };
  return { vdom, check, interface: link.interface, status, ...(status === 'disable' ? none : readings) };
}
