import { param, query } from '../config.ts';
import { assigneeOf, priorityOf, textOf } from '../issue.ts';
import { allOf, inProjects, IS_OPEN } from '../jql.ts';
import { searchIssues } from '../search.ts';
import { calendarOf, dateOf } from '../time.ts';

export const overdue = query({
  title: 'Overdue tickets',
  description: 'Open tickets whose due date has passed, the longest overdue first.',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: { projects: param.projects, timeZone: param.timeZone, limit: param.rowLimit },
  },
  columns: {
    key: { type: 'string', label: 'Key' },
    summary: { type: 'string', label: 'Summary' },
    priority: { type: 'string', label: 'Priority' },
    assignee: { type: 'string', label: 'Assignee' },
    duedate: { type: 'date', label: 'Due' },
    daysOverdue: { type: 'integer', unit: 'd', label: 'Days overdue' },
  },
  cache: '60s',
  async *rows(ctx, params) {
    const calendar = calendarOf(params.timeZone);
    const today = calendar.dayOf(ctx.now().getTime());
    const jql = `${allOf(inProjects(ctx, params.projects), 'duedate < now()', IS_OPEN)} ORDER BY duedate ASC, key ASC`;
    const fields = ['summary', 'priority', 'assignee', 'duedate'];
    for await (const issues of searchIssues(ctx, { jql, fields, limit: params.limit })) {
      yield issues.flatMap((issue) => {
        const due = dateOf(issue.fields.duedate);
        const daysOverdue = due === null ? 0 : due.until(today).days;
        // To JQL a due date is its midnight, so tickets that are due today are found too; they are not overdue yet.
        if (due === null || daysOverdue < 1) return [];
        return {
          key: issue.key,
          summary: textOf(issue.fields.summary),
          priority: priorityOf(issue),
          assignee: assigneeOf(issue)?.name ?? null,
          duedate: due.toString(),
          daysOverdue,
        };
      });
    }
  },
});
