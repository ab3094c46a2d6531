import { httpQuery, param } from '../config.ts';
import { personOf, type Issue } from '../issue.ts';
import { allOf, inProjects, IS_OPEN } from '../jql.ts';
import { searchIssues } from '../search.ts';
import { calendarOf, dateOf } from '../time.ts';

export const overdue = httpQuery({
  title: 'Overdue tickets',
  description: 'Open tickets whose due date has passed, the longest overdue first.',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: { projects: param.projects, timeZone: param.timeZone, limit: param.rowLimit },
  },
  async *answers(ctx, { projects, timeZone, limit }) {
    const today = calendarOf(timeZone).dayOf(ctx.now().getTime());
    const jql = `${allOf(inProjects(ctx, projects), 'duedate < now()', IS_OPEN)} ORDER BY duedate ASC, key ASC`;
    const fields = ['summary', 'priority', 'assignee', 'duedate'];
    for await (const issues of searchIssues(ctx, { jql, fields, limit })) yield { today, issues };
  },
  rows: 'issues',
  columns: {
    key: { type: 'string', label: 'Key' },
    summary: { type: 'string', label: 'Summary', at: 'fields.summary' },
    priority: { type: 'string', label: 'Priority', at: 'fields.priority.name', default: 'None' },
    assignee: {
      type: 'string',
      label: 'Assignee',
      at: 'fields.assignee',
      read: (person) => personOf(person)?.name ?? null,
    },
    duedate: { type: 'date', label: 'Due', at: 'fields.duedate', read: (due) => dateOf(due)?.toString() ?? null },
    daysOverdue: { type: 'integer', unit: 'd', label: 'Days overdue', at: '^.today', read: daysSinceDue },
  },
  // To JQL a due date is its midnight, so tickets that are due today are found too; they are not overdue yet.
  where: ({ daysOverdue }) => (daysOverdue ?? 0) >= 1,
  cache: '60s',
});

function daysSinceDue(today: unknown, { row }: { readonly row: unknown }): number | null {
  return dateOf((row as Issue).fields.duedate)?.until(today as Temporal.PlainDate).days ?? null;
}
