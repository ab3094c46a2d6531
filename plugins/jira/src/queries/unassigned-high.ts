import { httpQuery, param } from '../config.ts';
import { allOf, inProjects, IS_OPEN, isIn } from '../jql.ts';
import { searchIssues } from '../search.ts';
import { datetimeOf, hoursOf, millisOf } from '../time.ts';

export const unassignedHigh = httpQuery({
  title: 'Unassigned high priority',
  description: 'Open tickets of high priority that nobody has taken, the oldest first.',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: { projects: param.projects, priorities: param.highPriorities, limit: param.rowLimit },
  },
  answers(ctx, { projects, priorities, limit }) {
    const where = allOf(inProjects(ctx, projects), 'assignee is EMPTY', isIn('priority', priorities), IS_OPEN);
    const jql = `${where} ORDER BY created ASC, key ASC`;
    return searchIssues(ctx, { jql, fields: ['summary', 'priority', 'created'], limit });
  },
  rows: '*',
  columns: {
    key: { type: 'string', label: 'Key' },
    summary: { type: 'string', label: 'Summary', at: 'fields.summary' },
    priority: { type: 'string', label: 'Priority', at: 'fields.priority.name', default: 'None' },
    created: { type: 'datetime', label: 'Created', at: 'fields.created', read: datetimeOf },
    age: {
      type: 'number',
      unit: 'h',
      label: 'Age',
      at: 'fields.created',
      read(value, { ctx }) {
        const created = millisOf(value);
        return created === null ? null : hoursOf(ctx.now().getTime() - created);
      },
    },
  },
  cache: '60s',
});
