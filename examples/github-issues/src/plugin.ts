import { bearer, definePlugin, readJson, syncedQuery, widget } from '@jackfield/sdk';
import { config } from './config.ts';
import { issues } from './issues.ts';
import { webhook } from './webhook.ts';

const openByAuthor = syncedQuery({
  title: 'Open issues by author',
  stream: issues,
  where: [{ column: 'state', op: 'eq', value: 'open' }],
  groupBy: ['author'],
  measures: [{ name: 'count', fn: 'count' }],
  orderBy: [{ column: 'count', descending: true }],
});

export default definePlugin({
  name: 'github-issues',
  displayName: 'GitHub issues',
  description: 'Issues of a repository, in step with GitHub within seconds.',
  config,
  auth: [bearer({ token: 'token' })],
  // 5,000 requests an hour for each user: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
  rateLimits: { concurrency: 4, rate: { requests: 5000, per: '1h', burst: 100 } },
  async check(ctx) {
    const { full_name, private: isPrivate } = await readJson<{ full_name?: string; private?: boolean }>(
      await ctx.fetch(`/repos/${ctx.config.repository}`),
    );
    return { message: `reads ${full_name ?? ctx.config.repository}${isPrivate ? ', which is private' : ''}` };
  },
  streams: { issues },
  routes: { webhook },
  queries: { open_by_author: openByAuthor },
  widgets: {
    open_by_author: widget({
      title: 'Open issues by author',
      kind: 'bar',
      query: 'open_by_author',
      x: 'author',
      y: ['count'],
      refresh: '60s',
    }),
    oldest: widget({
      title: 'Issues nobody has touched for a month',
      kind: 'table',
      view: {
        stream: 'issues',
        where: [
          { column: 'state', op: 'eq', value: 'open' },
          { column: 'updated', op: 'lt', ago: '30d' },
        ],
        orderBy: [{ column: 'updated' }],
        limit: 20,
      },
      columns: ['number', 'title', 'author', 'updated'],
      refresh: '5m',
    }),
  },
});
