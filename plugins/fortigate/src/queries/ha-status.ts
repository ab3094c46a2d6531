import { oneVdomParam, query } from '../config.ts';
import { readMembers } from '../rows/members.ts';
import { deviceScope } from '../vdom.ts';

export const haStatus = query({
  title: 'HA members',
  description:
    'The members of the cluster; none for a device that stands alone. A member that is known but silent has a row too.',
  params: { type: 'object', additionalProperties: false, properties: { vdom: oneVdomParam } },
  columns: {
    hostname: { type: 'string', label: 'Host name' },
    serial: { type: 'string', label: 'Serial number' },
    role: { type: 'string', label: 'Role' },
    cpu: { type: 'number', unit: '%', label: 'CPU' },
    mem: { type: 'number', unit: '%', label: 'Memory' },
    sessions: { type: 'integer', label: 'Sessions' },
    inSync: { type: 'boolean', label: 'In sync' },
    uptime: { type: 'integer', unit: 's', label: 'Uptime' },
  },
  cache: '30s',
  async *rows(ctx, params) {
    const members = (await readMembers(ctx, deviceScope(ctx, params.vdom))) ?? [];
    yield members.map(({ hostname, serial, role, cpu, mem, sessions, inSync, uptime }) => {
      return { hostname, serial, role, cpu, mem, sessions, inSync, uptime };
    });
  },
});
