import { syncedQuery } from '@jackfield/sdk';
import { issues } from '../streams/issues.ts';
import { daysParam, inProjects, projectParam } from './parts.ts';

export const timeToResolve = syncedQuery({
  title: 'Time to resolution by type',
  description: 'From creation to resolution, of tickets that were resolved in so many days.',
  stream: issues,
  params: {
    type: 'object',
    additionalProperties: false,
    properties: { projects: projectParam, days: { ...daysParam, title: 'Days back' } },
  },
  per: 'all',
  where: [{ column: 'resolved', op: 'gte', ago: { param: 'days', unit: 'd' } }, inProjects],
  groupBy: ['type'],
  measures: [
    { name: 'tickets', fn: 'count', label: 'Resolved' },
    { name: 'mean', fn: 'avg', since: 'created', column: 'resolved', unit: 'h', label: 'Mean' },
    { name: 'median', fn: 'median', since: 'created', column: 'resolved', unit: 'h', label: 'Median' },
    { name: 'longest', fn: 'max', since: 'created', column: 'resolved', unit: 'h', label: 'Longest' },
  ],
  orderBy: [{ column: 'mean', descending: true }],
});
