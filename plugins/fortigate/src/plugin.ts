import { bearer, definePlugin } from '@jackfield/sdk';
import { config } from './config.ts';
import { readExpiries } from './expiries.ts';
import { get } from './queries/get.ts';
import { haStatus } from './queries/ha-status.ts';
import { interfaces } from './queries/interfaces.ts';
import { licences } from './queries/licences.ts';
import { policyTop } from './queries/policy-top.ts';
import { policyUnused } from './queries/policy-unused.ts';
import { resourceUsage } from './queries/resource-usage.ts';
import { sdwanHealth } from './queries/sdwan-health.ts';
import { systemStatus } from './queries/system-status.ts';
import { vpnIpsec } from './queries/vpn-ipsec.ts';
import { vpnUsers } from './queries/vpn-users.ts';
import { automation } from './routes/automation.ts';
import { askStatus, identityOf } from './sign-in.ts';
import { ha } from './streams/ha.ts';
import { interfaces as interfaceStream } from './streams/interfaces.ts';
import { licences as licenceStream } from './streams/licences.ts';
import { policies } from './streams/policies.ts';
import { policyStats } from './streams/policy-stats.ts';
import { system } from './streams/system.ts';
import { traffic } from './streams/traffic.ts';
import { vpnTunnels } from './streams/vpn-tunnels.ts';
import { syncedQueries } from './synced/index.ts';
import { fleetWidgets } from './fleet-widgets.ts';
import { widgets } from './widgets.ts';

export default definePlugin({
  name: 'fortigate',
  displayName: 'FortiGate',
  description: 'State, traffic, VPN, licences and SD-WAN of a FortiGate firewall.',
  config,
  // The header only: as a query parameter the token is refused since 7.4.5, and would stand in access logs.
  auth: [bearer({ token: 'apiToken' })],
  network: { tls: 'tls' },
  // The device's web server is small and serves its administrators too.
  rateLimits: { concurrency: 2 },
  async check(ctx) {
    const status = await askStatus(ctx);
    const { hostname, model } = identityOf(status);
    const parts = [model, `FortiOS ${status.version ?? 'of unknown version'}`, `serial ${status.serial ?? 'unknown'}`];
    const device = parts.filter((part) => part !== null).join(', ');
    const expires = await readExpiries(ctx);
    const message = hostname === null ? device : `${hostname}: ${device}`;
    return { message, ...(expires === undefined ? {} : { expires }) };
  },
  queries: {
    system_status: systemStatus,
    resource_usage: resourceUsage,
    interfaces,
    policy_top: policyTop,
    policy_unused: policyUnused,
    vpn_ipsec: vpnIpsec,
    vpn_users: vpnUsers,
    licences,
    ha_status: haStatus,
    sdwan_health: sdwanHealth,
    get,
    ...syncedQueries,
  },
  streams: {
    system,
    interfaces: interfaceStream,
    traffic,
    policies,
    policy_stats: policyStats,
    vpn_tunnels: vpnTunnels,
    licences: licenceStream,
    ha,
  },
  routes: { automation },
  widgets: { ...widgets, ...fleetWidgets },
});
