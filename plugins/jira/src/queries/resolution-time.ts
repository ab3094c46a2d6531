import { param, query } from '../config.ts';
import { priorityOf } from '../issue.ts';
import { allOf, inProjects } from '../jql.ts';
import { searchIssues } from '../search.ts';
import { calendarOf, hoursOf, millisOf, type Calendar } from '../time.ts';

export const resolutionTime = query({
  title: 'Time to resolution per week',
  description: 'From creation to resolution, by the Monday of the week in which tickets were resolved, and priority.',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      projects: param.projects,
      days: { type: 'integer', minimum: 1, maximum: 366, default: 90, title: 'Days back, to the Monday before' },
      timeZone: param.timeZone,
    },
  },
  columns: {
    week: { type: 'date', label: 'Week of' },
    priority: { type: 'string', label: 'Priority' },
    count: { type: 'integer', label: 'Resolved' },
    mean: { type: 'number', unit: 'h', label: 'Mean' },
    median: { type: 'number', unit: 'h', label: 'Median' },
    p90: { type: 'number', unit: 'h', label: '90th percentile' },
  },
  cache: '15m',
  async *rows(ctx, params) {
    const calendar = calendarOf(params.timeZone);
    const today = calendar.dayOf(ctx.now().getTime());
    const since = calendar.startOf(mondayOf(today.subtract({ days: params.days })));
    const jql = `${allOf(inProjects(ctx, params.projects), `resolved >= ${since}`)} ORDER BY created ASC, key ASC`;
    const groups = new Map<string, { week: string; priority: string; times: number[] }>();
    for await (const issues of searchIssues(ctx, { jql, fields: ['created', 'resolutiondate', 'priority'] })) {
      for (const issue of issues) {
        const created = millisOf(issue.fields.created);
        const resolved = millisOf(issue.fields.resolutiondate);
        if (created === null || resolved === null) continue;
        const week = weekOf(resolved, calendar);
        const priority = priorityOf(issue);
        const id = `${week} ${priority}`;
        const group = groups.get(id) ?? { week, priority, times: [] };
        // Imported tickets can be resolved before they were created here.
        group.times.push(Math.max(0, resolved - created));
        groups.set(id, group);
      }
    }
    yield [...groups.values()]
      .sort((a, b) => a.week.localeCompare(b.week) || a.priority.localeCompare(b.priority))
      .map(({ week, priority, times }) => ({ week, priority, count: times.length, ...statistics(times) }));
  },
});

function mondayOf(day: Temporal.PlainDate): Temporal.PlainDate {
  return day.subtract({ days: day.dayOfWeek - 1 });
}

function weekOf(millis: number, calendar: Calendar): string {
  return mondayOf(calendar.dayOf(millis)).toString();
}

function statistics(times: readonly number[]): { mean: number; median: number; p90: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  return { mean: hoursOf(mean), median: hoursOf(percentile(sorted, 0.5)), p90: hoursOf(percentile(sorted, 0.9)) };
}

/** Linear between neighbours, as SQL's percentile_cont. */
function percentile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? 0;
  const above = sorted[Math.ceil(position)] ?? below;
  return below + (above - below) * (position - Math.floor(position));
}
