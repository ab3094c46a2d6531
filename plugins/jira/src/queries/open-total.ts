import { param, query } from '../config.ts';
import { allOf, inProjects, IS_OPEN } from '../jql.ts';
import { countIssues } from '../search.ts';

export const openTotal = query({
  title: 'Open tickets',
  description: 'One number. Jira Cloud estimates it; Jira Data Center counts.',
  params: { type: 'object', additionalProperties: false, properties: { projects: param.projects } },
  columns: {
    count: { type: 'integer', label: 'Open tickets' },
    approximate: { type: 'boolean', label: 'Estimated' },
  },
  cache: '60s',
  async *rows(ctx, params) {
    yield await countIssues(ctx, allOf(inProjects(ctx, params.projects), IS_OPEN));
  },
});
