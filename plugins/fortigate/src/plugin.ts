import { bearer, definePlugin } from '@jackfield/sdk';
import { config } from './config.ts';
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
import { askStatus, identityOf } from './sign-in.ts';

export default definePlugin({
  name: 'fortigate',
  displayName: 'FortiGate',
  description: 'State, traffic, VPN, licences and SD-WAN of a FortiGate firewall.',
  config,
  // The header only: as a query parameter the token is refused since 7.4.5, and would stand in access logs.
  auth: [bearer({ token: 'apiToken' })],
  // The device's web server is small and serves its administrators too.
  rateLimits: { concurrency: 2 },
  async check(ctx) {
    const status = await askStatus(ctx);
    const { hostname, model } = identityOf(status);
    const parts = [model, `FortiOS ${status.version ?? 'of unknown version'}`, `serial ${status.serial ?? 'unknown'}`];
    const device = parts.filter((part) => part !== null).join(', ');
    return { message: hostname === null ? device : `${hostname}: ${device}` };
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
  },
});
