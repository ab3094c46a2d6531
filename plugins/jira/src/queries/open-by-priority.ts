import { param, query } from '../config.ts';
import { priorityOf } from '../issue.ts';
import { allOf, inProjects, IS_OPEN } from '../jql.ts';
import { searchIssues } from '../search.ts';

export const openByPriority = query({
  title: 'Open tickets by priority',
  params: { type: 'object', additionalProperties: false, properties: { projects: param.projects } },
  columns: {
    priority: { type: 'string', label: 'Priority' },
    count: { type: 'integer', label: 'Tickets' },
  },
  cache: '60s',
  async *rows(ctx, params) {
    const jql = `${allOf(inProjects(ctx, params.projects), IS_OPEN)} ORDER BY created ASC, key ASC`;
    const counts = new Map<string, number>();
    for await (const issues of searchIssues(ctx, { jql, fields: ['priority'] })) {
      for (const issue of issues) {
        const priority = priorityOf(issue);
        counts.set(priority, (counts.get(priority) ?? 0) + 1);
      }
    }
    yield [...counts]
      .map(([priority, count]) => ({ priority, count }))
      .sort((a, b) => b.count - a.count || a.priority.localeCompare(b.priority));
  },
});
