import { param, query } from '../config.ts';
import { deploymentOf } from '../deployment.ts';
import { assigneeOf, partOf, textOf } from '../issue.ts';
import { allOf, inProjects } from '../jql.ts';
import { searchIssues } from '../search.ts';
import { datetimeOf, HOUR } from '../time.ts';

export const recentUpdates = query({
  title: 'Latest activity',
  description: 'The tickets that changed last, the latest first.',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: {
      projects: param.projects,
      hours: { type: 'integer', minimum: 1, maximum: 720, default: 24, title: 'Hours back' },
      limit: { type: 'integer', minimum: 1, maximum: 1000, default: 50, title: 'Rows at most' },
    },
  },
  columns: {
    key: { type: 'string', label: 'Key' },
    summary: { type: 'string', label: 'Summary' },
    status: { type: 'string', label: 'Status' },
    assignee: { type: 'string', label: 'Assignee' },
    updated: { type: 'datetime', label: 'Updated' },
    link: { type: 'string', label: 'Link' },
  },
  cache: '30s',
  async *rows(ctx, params) {
    const { siteUrl } = await deploymentOf(ctx);
    const since = ctx.now().getTime() - params.hours * HOUR;
    const jql = `${allOf(inProjects(ctx, params.projects), `updated >= ${since}`)} ORDER BY updated DESC, key ASC`;
    const fields = ['summary', 'status', 'assignee', 'updated'];
    for await (const issues of searchIssues(ctx, { jql, fields, limit: params.limit })) {
      yield issues.map((issue) => ({
        key: issue.key,
        summary: textOf(issue.fields.summary),
        status: partOf(issue.fields.status, 'name'),
        assignee: assigneeOf(issue)?.name ?? null,
        updated: datetimeOf(issue.fields.updated),
        link: `${siteUrl}/browse/${encodeURIComponent(issue.key)}`,
      }));
    }
  },
});
