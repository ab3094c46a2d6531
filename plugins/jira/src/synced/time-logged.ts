import { syncedQuery } from '@jackfield/sdk';
import { worklogs } from '../streams/worklogs.ts';
import { daysParam } from './parts.ts';

export const timeLogged = syncedQuery({
  title: 'Time logged per client and week',
  stream: worklogs,
  params: {
    type: 'object',
    additionalProperties: false,
    properties: { days: { ...daysParam, default: 90, title: 'Days back' } },
  },
  per: 'client',
  where: [{ column: 'started', op: 'gte', ago: { param: 'days', unit: 'd' } }],
  groupBy: [{ name: 'week', bucket: 'week', of: 'started', label: 'Week of' }],
  measures: [
    { name: 'timeSpent', fn: 'sum', column: 'timeSpent', label: 'Time spent' },
    { name: 'people', fn: 'countDistinct', column: 'authorId', label: 'People' },
    { name: 'tickets', fn: 'countDistinct', column: 'issueId', label: 'Tickets' },
  ],
  orderBy: [{ column: 'week' }, { column: 'client' }],
});
