// What the default queries of the first-party plugins ask their vendors, as people wrote it before there were any.

export interface VendorQuery {
  readonly query: string;
  /** Conditions of a JQL, as `jqlForm` writes them; every one of them. */
  readonly jql?: readonly string[];
  /** As `pathForm` writes it. */
  readonly path?: string;
}

export const VENDOR_QUERIES: Readonly<Record<string, readonly VendorQuery[]>> = {
  jira: [
    { query: 'overdue', jql: ['duedate < now()', 'statuscategory != done'] },
    { query: 'unassigned_high', jql: ['assignee is empty', 'priority in (highest, high)', 'statuscategory != done'] },
    { query: 'open_by_status', jql: ['statuscategory != done'] },
    { query: 'recent_updates', jql: ['updated >= -24h'] },
    { query: 'recent_updates', jql: ['updated >= -1d'] },
  ],
  fortigate: [
    { query: 'system_status', path: 'monitor/system/status' },
    { query: 'resource_usage', path: 'monitor/system/resource/usage' },
    { query: 'interfaces', path: 'monitor/system/interface' },
    { query: 'policy_top', path: 'monitor/firewall/policy' },
    { query: 'vpn_ipsec', path: 'monitor/vpn/ipsec' },
    { query: 'vpn_users', path: 'monitor/vpn/ssl' },
    { query: 'licences', path: 'monitor/license/status' },
    { query: 'ha_status', path: 'monitor/system/ha-statistics' },
    { query: 'sdwan_health', path: 'monitor/virtual-wan/health-check' },
  ],
};
