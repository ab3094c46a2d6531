// What the simulated device is, apart from how any version tells it. Times are seconds since the epoch.
import type { Version } from './version.ts';

/** A number that grows while the simulator runs. */
export interface Counter {
  base: number;
  perSecond: number;
}

export interface PolicyState {
  policyid: number;
  readonly uuid: string;
  name: string;
  action: 'accept' | 'deny';
  status: 'enable' | 'disable';
  /** False: the device keeps no counters for it, as for a policy that was never enabled. */
  counted: boolean;
  bytes: Counter;
  packets: Counter;
  hits: number;
  activeSessions: number;
  lastUsed: number | null;
}

export interface InterfaceState {
  readonly name: string;
  alias: string;
  ip: string;
  mask: number;
  link: boolean;
  speed: number;
  rx: Counter;
  tx: Counter;
  rxErrors: number;
  txErrors: number;
  vlan: { readonly id: number; readonly parent: string } | null;
}

export interface Phase2State {
  readonly name: string;
  readonly serial: number;
  up: boolean;
  in: Counter;
  out: Counter;
}

export interface TunnelState {
  readonly name: string;
  /** `template`: the configured side of a dial-up tunnel, whose peers have it as parent. */
  readonly kind: 'automatic' | 'template' | 'dialup';
  readonly parent: string | null;
  /** False: configured, but the monitor does not list it. */
  listed: boolean;
  gateway: string;
  user: string | null;
  upSince: number;
  phase2: Phase2State[];
}

export interface SslUserState {
  readonly name: string;
  remoteHost: string;
  tunnelIp: string;
  since: number;
  sessions: { in: Counter; out: Counter }[];
}

export interface LinkState {
  readonly check: string;
  readonly interface: string;
  status: 'up' | 'down' | 'disable';
  latency: number;
  jitter: number;
  loss: number;
  rx: number;
  tx: number;
}

export interface VdomState {
  readonly name: string;
  policies: PolicyState[];
  /** IPv6 policies, a list of their own before FortiOS 6.4. */
  policies6: PolicyState[];
  interfaces: InterfaceState[];
  tunnels: TunnelState[];
  sslUsers: SslUserState[];
  healthChecks: LinkState[];
  linkMonitors: LinkState[];
}

export interface LicenceState {
  readonly service: string;
  readonly type: string;
  status: string;
  expires: number | null;
  version: string | null;
  lastUpdate: number | null;
}

export interface MemberState {
  readonly hostname: string;
  /** False: configured, but it does not answer the primary. */
  present: boolean;
  readonly serial: string;
  primary: boolean;
  priority: number;
  cpu: number;
  mem: number;
  sessions: number;
  startedAt: number;
  checksum: string;
}

export interface DeviceState {
  readonly seed: number;
  readonly version: Version;
  /** Of the current primary, as is the serial. */
  hostname: string;
  readonly model: { readonly code: string; readonly name: string; readonly number: string };
  serial: string;
  readonly build: number;
  /** When the counters started from their bases. */
  startedAt: number;
  /** Names of VDOMs that are not in the api-user's list. */
  readonly hidden: Set<string>;
  vdoms: VdomState[];
  licences: LicenceState[];
  support: LicenceState[];
  members: MemberState[];
}

/** What a counter reads at a time. */
export function reading(counter: Counter, device: DeviceState, now: number): number {
  return counter.base + Math.floor(counter.perSecond * Math.max(0, now - device.startedAt));
}

export const RESOURCES = ['cpu', 'mem', 'disk', 'session', 'setuprate'] as const;
export type Resource = (typeof RESOURCES)[number];

const LOADS: Readonly<Record<Resource, readonly [middle: number, swing: number]>> = {
  cpu: [30, 25],
  mem: [62, 6],
  disk: [18, 1],
  session: [5200, 2100],
  setuprate: [45, 30],
};

/** How loaded the device is at a time in milliseconds: waves that depend on the seed alone. */
export function loadAt(device: DeviceState, resource: Resource, ms: number): number {
  const [middle, swing] = LOADS[resource];
  const wave = Math.sin(ms / 700_000 + device.seed) * 0.7 + Math.sin(ms / 90_000 + resource.length) * 0.3;
  return Math.round(middle + swing * wave);
}
