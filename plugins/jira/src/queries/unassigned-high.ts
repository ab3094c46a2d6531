import { param, query } from '../config.ts';
import { priorityOf, textOf } from '../issue.ts';
import { allOf, inProjects, IS_OPEN, isIn } from '../jql.ts';
import { searchIssues } from '../search.ts';
import { datetimeOf, hoursOf, millisOf } from '../time.ts';

export const unassignedHigh = query({
  title: 'Unassigned high priority',
  description: 'Open tickets of high priority that nobody has taken, the oldest first.',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: { projects: param.projects, priorities: param.highPriorities, limit: param.rowLimit },
  },
  columns: {
    key: { type: 'string', label: 'Key' },
    summary: { type: 'string', label: 'Summary' },
    priority: { type: 'string', label: 'Priority' },
    created: { type: 'datetime', label: 'Created' },
    age: { type: 'number', unit: 'h', label: 'Age' },
  },
  cache: '60s',
  async *rows(ctx, params) {
    const now = ctx.now().getTime();
    const where = allOf(
      inProjects(ctx, params.projects),
      'assignee is EMPTY',
      isIn('priority', params.priorities),
      IS_OPEN,
    );
    const search = {
      jql: `${where} ORDER BY created ASC, key ASC`,
      fields: ['summary', 'priority', 'created'],
      limit: params.limit,
    };
    for await (const issues of searchIssues(ctx, search)) {
      yield issues.map((issue) => {
        const created = millisOf(issue.fields.created);
        return {
          key: issue.key,
          summary: textOf(issue.fields.summary),
          priority: priorityOf(issue),
          created: datetimeOf(issue.fields.created),
          age: created === null ? null : hoursOf(now - created),
        };
      });
    }
  },
});
