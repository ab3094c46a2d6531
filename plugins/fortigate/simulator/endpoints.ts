// Which paths there are, from and before which version, and which right each one needs.
import * as network from './shapes-network.ts';
import * as system from './shapes-system.ts';
import type { DeviceState, VdomState } from './state.ts';
import { atLeast, type Version } from './version.ts';

/** Groups of an accprofile. `any`: every token has it. */
export type Group = 'any' | 'sys' | 'net' | 'fw' | 'vpn' | 'log';

/** One request, for one VDOM. `now` is in seconds. */
export interface Asked {
  readonly device: DeviceState;
  readonly vdom: VdomState;
  readonly query: URLSearchParams;
  readonly now: number;
}

export interface Endpoint {
  readonly group: Group;
  readonly from?: string;
  readonly before?: string;
  /** Numbers of models that lack it. */
  readonly notOn?: readonly string[];
  /** What it depends on is never set up here. */
  readonly dangling?: true;
  results(asked: Asked): object;
}

// Where the page on the vendor does not know a version, one is chosen so that each shape is met by some version.
const ENDPOINTS: Readonly<Record<string, Endpoint>> = {
  'monitor/system/status': { group: 'any', results: system.status },
  'monitor/license/status': { group: 'any', results: system.licences },
  'monitor/web-ui/state': { group: 'any', before: '7.2.0', results: system.webUiState },
  'monitor/system/time': { group: 'sys', results: system.time },
  'monitor/system/resource/usage': { group: 'sys', results: system.resourceUsage },
  'monitor/system/ha-statistics': { group: 'sys', results: system.haStatistics },
  'monitor/system/ha-checksums': { group: 'sys', results: system.haChecksums },
  'monitor/system/ha-peer': { group: 'sys', from: '7.0.0', results: system.haPeer },
  'monitor/system/link-monitor': { group: 'sys', results: network.linkMonitors },
  'monitor/system/interface': { group: 'net', results: system.interfaces },
  'monitor/virtual-wan/health-check': { group: 'net', results: network.healthChecks },
  'monitor/router/bgp/neighbors': { group: 'net', results: network.bgpNeighbors },
  'monitor/firewall/policy': { group: 'fw', results: network.policyCounters },
  'monitor/firewall/policy6': { group: 'fw', before: '6.4.0', results: network.policyCounters6 },
  'monitor/firewall/session': { group: 'sys', before: '7.4.0', results: network.sessions },
  'monitor/firewall/sessions': { group: 'sys', from: '7.4.0', results: network.sessions },
  'cmdb/firewall/policy': { group: 'fw', results: network.policyConfig },
  'cmdb/firewall/policy6': { group: 'fw', before: '6.4.0', results: network.policyConfig6 },
  'cmdb/firewall/address': { group: 'fw', results: network.addresses },
  'cmdb/system/global': { group: 'sys', results: network.globalSettings },
  'cmdb/vpn.ipsec/phase1-interface': { group: 'vpn', results: network.phase1 },
  'monitor/vpn/ipsec': { group: 'vpn', results: network.ipsec },
  'monitor/vpn/ssl': { group: 'vpn', before: '7.6.3', results: network.sslUsers },
  'monitor/system/sensor-info': { group: 'sys', notOn: ['60F'], results: system.sensors },
  'monitor/system/available-certificates': { group: 'any', results: system.certificates },
  'monitor/log/fortianalyzer': { group: 'log', dangling: true, results: () => ({}) },
  'monitor/log/current-disk-usage': { group: 'log', results: system.logDiskUsage },
};

/** Older versions take the path with `/select` as well. */
export function findEndpoint(path: string, version: Version, model: string): Endpoint | undefined {
  const plain = atLeast(version, '7.4.0') ? path : path.replace(/\/select$/, '');
  const endpoint = Object.hasOwn(ENDPOINTS, plain) ? ENDPOINTS[plain] : undefined;
  if (endpoint?.notOn?.includes(model) === true) return undefined;
  if (endpoint?.from !== undefined && !atLeast(version, endpoint.from)) return undefined;
  if (endpoint?.before !== undefined && atLeast(version, endpoint.before)) return undefined;
  return endpoint;
}
