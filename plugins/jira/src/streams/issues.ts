import { goneIssues, presentIssues } from './issue-census.ts';
import { readIssues } from './issue-read.ts';
import { ISSUE_COLUMNS } from './issue-row.ts';
import { stream } from './stream.ts';

export const issues = stream({
  title: 'Tickets',
  description: 'Every ticket of the projects in its latest state, descriptions as plain text.',
  columns: ISSUE_COLUMNS,
  primaryKey: ['id'],
  version: 'updated',
  deletion: 'census',
  every: '5m',
  read: readIssues,
  census: { every: '1h', most: 0.5, keys: presentIssues, gone: goneIssues },
});
