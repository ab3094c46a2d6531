import { syncedQuery } from '@jackfield/sdk';
import { issues } from '../streams/issues.ts';
import { inProjects, projectParam, UNRESOLVED } from './parts.ts';

export const openByClient = syncedQuery({
  title: 'Unresolved tickets by client and priority',
  description: 'With those whose due day has passed, and the age of the oldest.',
  stream: issues,
  params: { type: 'object', additionalProperties: false, properties: { projects: projectParam } },
  per: 'client',
  where: [UNRESOLVED, inProjects],
  groupBy: ['priority'],
  measures: [
    { name: 'tickets', fn: 'count', label: 'Tickets' },
    { name: 'overdue', fn: 'count', where: [{ column: 'due', op: 'lt', ago: '0d' }], label: 'Overdue' },
    { name: 'unassigned', fn: 'count', where: [{ column: 'assigneeId', op: 'null' }], label: 'Unassigned' },
    { name: 'oldest', fn: 'max', since: 'created', unit: 'd', label: 'Oldest' },
  ],
  orderBy: [{ column: 'client' }, { column: 'tickets', descending: true }],
});
