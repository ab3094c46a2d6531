// How synced queries are shown, over any number of instances at once.
import { widget } from '@jackfield/sdk';

export const syncedWidgets = {
  open_by_client: widget({
    title: 'Unresolved tickets by client and priority',
    kind: 'bar',
    query: 'open_by_client',
    columns: ['client', 'priority', 'tickets', 'overdue', 'oldest'],
    x: 'client',
    y: ['tickets', 'overdue'],
    refresh: '60s',
  }),
  flow_per_day: widget({
    title: 'Created and resolved, all instances',
    kind: 'timeseries',
    query: 'flow_per_day',
    x: 'day',
    y: ['created', 'resolved'],
    refresh: '5m',
  }),
  time_to_resolve: widget({
    title: 'Time to resolution by type',
    kind: 'bar',
    query: 'time_to_resolve',
    columns: ['type', 'tickets', 'mean', 'median'],
    x: 'type',
    y: ['mean', 'median'],
    refresh: '15m',
  }),
  ageing: widget({
    title: 'Age of unresolved tickets',
    kind: 'bar',
    query: 'ageing',
    columns: ['instance', 'project', 'week', 'month', 'quarter', 'older'],
    x: 'project',
    y: ['week', 'month', 'quarter', 'older'],
    refresh: '15m',
  }),
  time_logged: widget({
    title: 'Time logged per client and week',
    kind: 'timeseries',
    query: 'time_logged',
    columns: ['week', 'client', 'timeSpent', 'people'],
    x: 'week',
    y: ['timeSpent'],
    refresh: '15m',
  }),
} as const;
