import { syncedQuery } from '@jackfield/sdk';
import { issues } from '../streams/issues.ts';
import { inProjects, projectParam, UNRESOLVED } from './parts.ts';

export const ageing = syncedQuery({
  title: 'Age of unresolved tickets by project',
  stream: issues,
  params: { type: 'object', additionalProperties: false, properties: { projects: projectParam } },
  where: [UNRESOLVED, inProjects],
  groupBy: ['project'],
  measures: [
    { name: 'week', fn: 'count', where: [{ column: 'created', op: 'gte', ago: '7d' }], label: 'Up to a week' },
    {
      name: 'month',
      fn: 'count',
      where: [
        { column: 'created', op: 'lt', ago: '7d' },
        { column: 'created', op: 'gte', ago: '30d' },
      ],
      label: 'Up to 30 days',
    },
    {
      name: 'quarter',
      fn: 'count',
      where: [
        { column: 'created', op: 'lt', ago: '30d' },
        { column: 'created', op: 'gte', ago: '90d' },
      ],
      label: 'Up to 90 days',
    },
    { name: 'older', fn: 'count', where: [{ column: 'created', op: 'lt', ago: '90d' }], label: 'Older' },
    {
      name: 'untouched',
      fn: 'percent',
      where: [{ column: 'updated', op: 'lt', ago: '14d' }],
      label: 'Untouched for 14 days',
    },
  ],
  orderBy: [
    { column: 'older', descending: true },
    { column: 'quarter', descending: true },
  ],
});
