// How synced rows are shown: no call to Jira, and as old as the last sync or webhook.
import { widget } from '@jackfield/sdk';

/** Statuses and their categories have names in the language of the account; a resolution date is one everywhere. */
const UNRESOLVED = { column: 'resolved', op: 'null' } as const;

export const streamWidgets = {
  open_by_project: widget({
    title: 'Unresolved tickets per project',
    kind: 'bar',
    view: {
      stream: 'issues',
      where: [UNRESOLVED],
      groupBy: ['project'],
      measures: [{ name: 'count', fn: 'count', label: 'Tickets' }],
      orderBy: [{ column: 'count', descending: true }],
      limit: 30,
    },
    x: 'project',
    y: ['count'],
    refresh: '60s',
  }),
  stale_tickets: widget({
    title: 'Tickets without an update for 14 days',
    kind: 'table',
    view: {
      stream: 'issues',
      where: [UNRESOLVED, { column: 'updated', op: 'lt', ago: '14d' }],
      orderBy: [{ column: 'updated' }],
      limit: 50,
    },
    columns: ['key', 'summary', 'status', 'assignee', 'updated', 'link'],
    refresh: '5m',
  }),
  hours_logged: widget({
    title: 'Time logged per person, last 7 days',
    kind: 'bar',
    view: {
      stream: 'worklogs',
      where: [{ column: 'started', op: 'gte', ago: '7d' }],
      groupBy: ['author'],
      measures: [{ name: 'timeSpent', fn: 'sum', column: 'timeSpent', label: 'Time spent' }],
      orderBy: [{ column: 'timeSpent', descending: true }],
      limit: 30,
    },
    x: 'author',
    y: ['timeSpent'],
    refresh: '5m',
  }),
  running_sprints: widget({
    title: 'Running sprints',
    kind: 'table',
    view: {
      stream: 'sprints',
      where: [{ column: 'state', op: 'eq', value: 'active' }],
      orderBy: [{ column: 'end' }],
      limit: 50,
    },
    columns: ['name', 'goal', 'start', 'end'],
    refresh: '5m',
  }),
} as const;
