import { syncedQuery } from '@jackfield/sdk';
import { issues } from '../streams/issues.ts';
import { daysParam, inProjects, projectParam } from './parts.ts';

export const flowPerDay = syncedQuery({
  title: 'Created and resolved tickets per day',
  description: 'A day on which nothing was created or resolved has no row.',
  stream: issues,
  params: {
    type: 'object',
    additionalProperties: false,
    properties: { projects: projectParam, days: daysParam },
  },
  per: 'all',
  where: [{ column: 'day', op: 'gt', ago: { param: 'days', unit: 'd' } }, inProjects],
  groupBy: [{ name: 'day', bucket: 'day', of: ['created', 'resolved'], label: 'Day' }],
  measures: [
    { name: 'created', fn: 'count', at: 'created', label: 'Created' },
    { name: 'resolved', fn: 'count', at: 'resolved', label: 'Resolved' },
  ],
  orderBy: [{ column: 'day' }],
});
