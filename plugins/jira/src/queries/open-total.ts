import { httpQuery, param } from '../config.ts';
import { allOf, inProjects, IS_OPEN } from '../jql.ts';
import { countIssues } from '../search.ts';

export const openTotal = httpQuery({
  title: 'Open tickets',
  description: 'One number. Jira Cloud estimates it; Jira Data Center counts.',
  params: { type: 'object', additionalProperties: false, properties: { projects: param.projects } },
  answers: (ctx, { projects }) => countIssues(ctx, allOf(inProjects(ctx, projects), IS_OPEN)),
  rows: '',
  columns: {
    count: { type: 'integer', label: 'Open tickets' },
    approximate: { type: 'boolean', label: 'Estimated' },
  },
  cache: '60s',
});
