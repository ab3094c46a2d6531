// Makes a device from a seed: the same seed, time and sizes give the same device.
import { Random } from './random.ts';
import type {
  DeviceState,
  InterfaceState,
  LicenceState,
  LinkState,
  MemberState,
  PolicyState,
  SslUserState,
  TunnelState,
  VdomState,
} from './state.ts';
import { buildOf, type Version } from './version.ts';

const DAY = 86_400;
const VDOMS = ['root', 'FG-traffic', 'dmz', 'guest'];

export interface Sizes {
  readonly vdoms: number;
  /** Per VDOM, the implicit deny included. */
  readonly policies: number;
}

export function makeDevice(seed: number, version: Version, model: string, sizes: Sizes, now: number): DeviceState {
  const random = new Random(seed);
  const serial = `FGT${model}TK${String(20_000_000 + random.between(0, 999_999))}`;
  const hostname = `fw-${random.hex(4)}`;
  const vdoms = Array.from({ length: sizes.vdoms }, (_, index) => {
    return makeVdom(VDOMS[index] ?? `vd${index}`, index, sizes.policies, random, now);
  });
  return {
    seed,
    version,
    hostname,
    model: { code: `FGT${model}`, name: 'FortiGate', number: model },
    serial,
    build: buildOf(version),
    startedAt: now,
    hidden: new Set(),
    vdoms,
    licences: makeLicences(random, now),
    support: [
      licence('enhanced', 'support', 'licensed', now + 200 * DAY),
      licence('hardware', 'support', 'expired', now - 3 * DAY),
    ],
    members: makeMembers(hostname, serial, random, now),
  };
}

function makeVdom(name: string, index: number, policies: number, random: Random, now: number): VdomState {
  return {
    name,
    policies: Array.from({ length: policies }, (_, policyid) => makePolicy(policyid, random, now)),
    policies6: Array.from({ length: 2 }, (_, policyid) => makePolicy(policyid, random, now)),
    interfaces: makeInterfaces(index, random),
    tunnels: makeTunnels(index, random, now),
    sslUsers: index < 2 ? makeSslUsers(index, random, now) : [],
    // One VDOM has no SD-WAN: its maps are empty.
    healthChecks: index === 2 ? [] : makeLinks('Internet Check', [`wan${index}`, `lte${index}`], random),
    linkMonitors: index === 0 ? makeLinks('wan-mon', ['wan0'], random) : [],
  };
}

/** Of ten policies: five in use, two idle for long, one never used, one never used and disabled, one without counters. */
function makePolicy(policyid: number, random: Random, now: number): PolicyState {
  const kind = policyid === 0 ? 'implicit' : policyid % 10;
  const inUse = typeof kind === 'number' && kind < 7 && kind !== 3;
  const idle = kind === 3 || kind === 6;
  const used = inUse || idle;
  return {
    policyid,
    uuid: random.uuid(),
    name: policyid % 7 === 0 ? '' : `policy ${policyid}`,
    action: policyid % 11 === 1 ? 'deny' : 'accept',
    status: kind === 8 || kind === 9 ? 'disable' : 'enable',
    counted: kind !== 9,
    bytes: used
      ? { base: random.between(1, 5_000_000_000), perSecond: idle ? 0 : random.between(0, 90_000) }
      : still(0),
    packets: used ? { base: random.between(1, 9_000_000), perSecond: idle ? 0 : random.between(0, 200) } : still(0),
    hits: used ? random.between(1, 100_000) : 0,
    activeSessions: inUse && !idle ? random.between(0, 40) : 0,
    lastUsed: lastUse(used, idle, random, now),
  };
}

function lastUse(used: boolean, idle: boolean, random: Random, now: number): number | null {
  if (!used) return null;
  return idle ? now - random.between(95, 400) * DAY : now - random.between(0, 3600);
}

function still(base: number): { base: number; perSecond: number } {
  return { base, perSecond: 0 };
}

function makeInterfaces(index: number, random: Random): InterfaceState[] {
  const names = [`wan${index}`, `lan${index}`, `spare${index}`, `vlan-${index}10`];
  return names.map((name, position) => {
    const link = position !== 2;
    return {
      name,
      alias: position === 1 ? `(inside ${index})` : '',
      ip: position === 0 ? `203.0.113.${index + 1}` : position === 1 ? `192.0.2.${index + 1}` : '0.0.0.0',
      mask: position < 2 ? 24 : 0,
      link,
      speed: link ? 1000 : 0,
      rx: link ? { base: random.between(0, 9_000_000_000), perSecond: random.between(0, 12_000_000) } : still(0),
      // A real device was seen to count this many bytes on a port without a link: more than 2^53.
      tx: link
        ? { base: random.between(0, 9_000_000_000), perSecond: random.between(0, 12_000_000) }
        : still(646_871_259_820_000_000),
      rxErrors: random.between(0, 3),
      txErrors: random.between(0, 3),
      vlan: position === 3 ? { id: 10, parent: `lan${index}` } : null,
    };
  });
}

function makeTunnels(index: number, random: Random, now: number): TunnelState[] {
  const bytes = () => ({ base: random.between(0, 90_000_000), perSecond: random.between(0, 40_000) });
  const phase2 = (name: string, serial: number, up: boolean) => ({ name, serial, up, in: bytes(), out: bytes() });
  const site: TunnelState = {
    name: `site-${index}`,
    kind: 'automatic',
    parent: null,
    listed: true,
    gateway: `198.51.100.${index + 1}`,
    user: null,
    upSince: now - random.between(600, 30 * DAY),
    // Two phase 2 that share a name, as a real device gives them.
    phase2: [phase2(`site-${index}-sub`, 1, true), phase2(`site-${index}-sub`, 12, false)],
  };
  if (index > 1) return [site];
  const name = `dialup-${index}`;
  const template: TunnelState = { ...site, name, kind: 'template', gateway: '0.0.0.0', phase2: [] };
  const peers = Array.from({ length: 2 + index }, (_, peer): TunnelState => ({
    name: `${name}_${peer}`,
    kind: 'dialup',
    parent: name,
    listed: true,
    gateway: `198.51.100.${100 + index * 10 + peer}`,
    user: `user${index}${peer}@example.com`,
    upSince: now - random.between(60, 8 * 3600),
    phase2: [phase2(name, 1, true)],
  }));
  return [site, template, ...peers];
}

function makeSslUsers(index: number, random: Random, now: number): SslUserState[] {
  const bytes = () => ({ base: random.between(0, 9_000_000), perSecond: random.between(0, 9_000) });
  return Array.from({ length: 3 - index }, (_, user) => ({
    name: `sslvpn${index}${user}`,
    remoteHost: `198.51.100.${200 + user}`,
    tunnelIp: `192.0.2.${200 + user}`,
    since: now - random.between(60, 8 * 3600),
    // The last one uses the web mode: no tunnel session yet.
    sessions: user === 2 ? [] : [{ in: bytes(), out: bytes() }],
  }));
}

function makeLinks(check: string, names: readonly string[], random: Random): LinkState[] {
  return names.map((name, position) => ({
    check,
    interface: name,
    status: position === 0 ? 'up' : 'disable',
    latency: random.between(30, 900) / 10 + 0.0332,
    jitter: random.between(1, 40) / 10 + 0.0011,
    loss: random.between(0, 2),
    rx: random.between(0, 300_000),
    tx: random.between(0, 300_000),
  }));
}

function licence(service: string, type: string, status: string, expires: number | null = null): LicenceState {
  return { service, type, status, expires, version: null, lastUpdate: null };
}

function makeLicences(random: Random, now: number): LicenceState[] {
  const object = 'downloaded_fds_object';
  const updated = (entry: LicenceState, version: string): LicenceState => {
    return { ...entry, version, lastUpdate: now - random.between(1, 5) * DAY };
  };
  return [
    licence('antispam', 'live_fortiguard_service', 'expired', now - 40 * DAY),
    updated(licence('antivirus', object, 'no_license'), '1.00000'),
    updated(licence('appctrl', object, 'licensed', now + 120 * DAY), '15.00848'),
    updated(licence('ips', object, 'licensed', now + 7 * DAY), '6.00741'),
    licence('forticloud', 'cloud_service_status', 'cloud_logged_in'),
    licence('web_filtering', 'live_fortiguard_service', 'licensed', now + 1 * DAY),
  ];
}

function makeMembers(hostname: string, serial: string, random: Random, now: number): MemberState[] {
  const checksum = random.hex(32);
  return [serial, `${serial.slice(0, -1)}X`].map((own, index) => ({
    hostname: index === 0 ? hostname : `${hostname}-b`,
    serial: own,
    present: true,
    primary: index === 0,
    priority: 200 - index * 100,
    cpu: random.between(1, 60),
    mem: random.between(40, 80),
    sessions: random.between(10, 4000),
    startedAt: now - random.between(10, 300) * DAY,
    checksum,
  }));
}
