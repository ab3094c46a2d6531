// Widget templates over synced queries: all devices at once.
import { widget } from '@jackfield/sdk';

export const fleetWidgets = {
  tunnel_states: widget({
    title: 'IPsec tunnels of all devices',
    kind: 'bar',
    query: 'tunnel_states',
    columns: ['instance', 'vdom', 'up', 'down', 'available'],
    x: 'instance',
    y: ['up', 'down'],
    refresh: '60s',
  }),
  licences_expiring: widget({
    title: 'Licences that end within 90 days, of all devices',
    kind: 'table',
    query: 'licences_expiring',
    params: { days: 90 },
    columns: ['instance', 'service', 'status', 'expires'],
    refresh: '1h',
  }),
  firmware: widget({
    title: 'FortiOS versions',
    kind: 'pie',
    query: 'firmware',
    columns: ['version', 'model', 'devices', 'silent'],
    x: 'version',
    y: ['devices'],
    refresh: '15m',
  }),
  busiest_policies: widget({
    title: 'Policies with the most hits, of all devices',
    kind: 'table',
    query: 'busiest_policies',
    params: { n: 20 },
    columns: ['instance', 'vdom', 'policyid', 'hits', 'bytes', 'lastUsed'],
    refresh: '5m',
  }),
  idle_policies: widget({
    title: 'Policies without use, of all devices',
    kind: 'bar',
    query: 'idle_policies',
    params: { days: 90 },
    columns: ['instance', 'vdom', 'policies', 'idle', 'never'],
    x: 'vdom',
    y: ['idle', 'never'],
    refresh: '1h',
  }),
  traffic_per_hour: widget({
    title: 'Traffic per hour, of all devices',
    kind: 'timeseries',
    query: 'traffic_per_hour',
    params: { hours: 24 },
    x: 'hour',
    y: ['received', 'sent'],
    refresh: '5m',
  }),
} as const;
