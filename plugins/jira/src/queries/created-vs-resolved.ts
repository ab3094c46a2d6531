import { param, query } from '../config.ts';
import { allOf, inProjects } from '../jql.ts';
import { searchIssues } from '../search.ts';
import { calendarOf, millisOf } from '../time.ts';

export const createdVsResolved = query({
  title: 'Created vs resolved per day',
  description: 'Whole days of the time zone, today included; a day without tickets is a row of zeros.',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      projects: param.projects,
      days: { type: 'integer', minimum: 1, maximum: 366, default: 30, title: 'Days back, today included' },
      timeZone: param.timeZone,
    },
  },
  columns: {
    day: { type: 'date', label: 'Day' },
    created: { type: 'integer', label: 'Created' },
    resolved: { type: 'integer', label: 'Resolved' },
    net: { type: 'integer', label: 'Net' },
  },
  cache: '5m',
  async *rows(ctx, params) {
    const calendar = calendarOf(params.timeZone);
    const today = calendar.dayOf(ctx.now().getTime());
    const days = new Map<string, { created: number; resolved: number }>();
    for (let back = params.days - 1; back >= 0; back--) {
      days.set(today.subtract({ days: back }).toString(), { created: 0, resolved: 0 });
    }
    const count = (at: unknown, what: 'created' | 'resolved'): void => {
      const millis = millisOf(at);
      const day = millis === null ? undefined : days.get(calendar.dayOf(millis).toString());
      if (day) day[what]++;
    };
    // Milliseconds since the epoch: every other way to write a time is read in the account's own zone.
    const since = calendar.startOf(today.subtract({ days: params.days - 1 }));
    const changed = `(created >= ${since} OR resolved >= ${since})`;
    const jql = `${allOf(inProjects(ctx, params.projects), changed)} ORDER BY created ASC, key ASC`;
    for await (const issues of searchIssues(ctx, { jql, fields: ['created', 'resolutiondate'] })) {
      for (const { fields } of issues) {
        count(fields.created, 'created');
        count(fields.resolutiondate, 'resolved');
      }
    }
    yield [...days].map(([day, { created, resolved }]) => ({ day, created, resolved, net: created - resolved }));
  },
});
