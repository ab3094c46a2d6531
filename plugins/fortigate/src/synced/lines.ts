// What goes through the devices: tunnels and traffic.
import { syncedQuery } from '@jackfield/sdk';
import { traffic } from '../streams/traffic.ts';
import { vpnTunnels } from '../streams/vpn-tunnels.ts';

export const tunnelStates = syncedQuery({
  title: 'IPsec tunnels up and down, of all devices',
  description: 'Phase 2 of each tunnel. The configured side of a dial-up tunnel is none.',
  stream: vpnTunnels,
  where: [{ column: 'status', op: 'notNull' }],
  groupBy: ['vdom'],
  measures: [
    { name: 'tunnels', fn: 'count', label: 'Tunnels' },
    { name: 'up', fn: 'count', where: [{ column: 'status', op: 'eq', value: 'up' }], label: 'Up' },
    { name: 'down', fn: 'count', where: [{ column: 'status', op: 'eq', value: 'down' }], label: 'Down' },
    { name: 'available', fn: 'percent', where: [{ column: 'status', op: 'eq', value: 'up' }], label: 'Available' },
  ],
  orderBy: [{ column: 'down', descending: true }],
});

export const trafficPerHour = syncedQuery({
  title: 'Traffic per hour, of all devices',
  description: 'What all interfaces received and sent.',
  stream: traffic,
  params: {
    type: 'object',
    additionalProperties: false,
    properties: { hours: { type: 'integer', minimum: 1, maximum: 720, default: 24, title: 'Hours back' } },
  },
  per: 'all',
  where: [{ column: 'ts', op: 'gte', ago: { param: 'hours', unit: 'h' } }],
  groupBy: [{ name: 'hour', bucket: 'hour', of: 'ts', label: 'Hour' }],
  measures: [
    { name: 'received', fn: 'sum', column: 'rxDelta', label: 'Received' },
    { name: 'sent', fn: 'sum', column: 'txDelta', label: 'Sent' },
    {
      name: 'resets',
      fn: 'count',
      where: [{ column: 'reset', op: 'eq', value: true }],
      label: 'Counters started anew',
    },
  ],
  orderBy: [{ column: 'hour' }],
});
