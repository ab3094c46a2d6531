import { param, query } from '../config.ts';
import { assigneeOf, priorityOf } from '../issue.ts';
import { allOf, inProjects, IS_OPEN } from '../jql.ts';
import { searchIssues } from '../search.ts';

export const workload = query({
  title: 'Open tickets per assignee',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: { projects: param.projects, priorities: param.highPriorities },
  },
  columns: {
    assignee: { type: 'string', label: 'Assignee' },
    accountId: { type: 'string', label: 'Account' },
    open: { type: 'integer', label: 'Open' },
    high: { type: 'integer', label: 'High priority' },
  },
  cache: '60s',
  async *rows(ctx, params) {
    const jql = `${allOf(inProjects(ctx, params.projects), IS_OPEN)} ORDER BY created ASC, key ASC`;
    const high = new Set(params.priorities);
    const loads = new Map<string | null, { assignee: string; accountId: string | null; open: number; high: number }>();
    for await (const issues of searchIssues(ctx, { jql, fields: ['assignee', 'priority'] })) {
      for (const issue of issues) {
        const person = assigneeOf(issue);
        const id = person === null ? null : (person.id ?? person.name);
        const load = loads.get(id) ?? { assignee: person?.name ?? 'Unassigned', accountId: id, open: 0, high: 0 };
        load.open++;
        if (high.has(priorityOf(issue))) load.high++;
        loads.set(id, load);
      }
    }
    yield [...loads.values()].sort((a, b) => b.open - a.open || a.assignee.localeCompare(b.assignee));
  },
});
