import { param, query } from '../config.ts';
import { partOf } from '../issue.ts';
import { isObject } from '../request.ts';
import { allOf, inProjects, IS_OPEN } from '../jql.ts';
import { searchIssues } from '../search.ts';

export const openByStatus = query({
  title: 'Open tickets by status',
  params: { type: 'object', additionalProperties: false, properties: { projects: param.projects } },
  columns: {
    status: { type: 'string', label: 'Status' },
    category: { type: 'string', label: 'Category' },
    count: { type: 'integer', label: 'Tickets' },
  },
  cache: '60s',
  async *rows(ctx, params) {
    const jql = `${allOf(inProjects(ctx, params.projects), IS_OPEN)} ORDER BY created ASC, key ASC`;
    // Projects may use one name in two categories, so a status is both.
    const counts = new Map<string, { status: string; category: string | null; count: number }>();
    for await (const issues of searchIssues(ctx, { jql, fields: ['status'] })) {
      for (const { fields } of issues) {
        const status = partOf(fields.status, 'name') ?? 'Unknown';
        const category = isObject(fields.status) ? partOf(fields.status.statusCategory, 'name') : null;
        const id = JSON.stringify([status, category]);
        const entry = counts.get(id) ?? { status, category, count: 0 };
        entry.count++;
        counts.set(id, entry);
      }
    }
    yield [...counts.values()].sort((a, b) => b.count - a.count || a.status.localeCompare(b.status));
  },
});
