import { bearer, definePlugin, forConfig, readJson, widget } from '@jackfield/sdk';

const config = {
  type: 'object',
  required: ['baseUrl', 'token'],
  additionalProperties: false,
  properties: {
    baseUrl: { type: 'string', format: 'uri', title: 'Base URL', default: 'https://uptime.betterstack.com' },
    token: { type: 'string', title: 'API token', description: 'An Uptime API token of the team.', writeOnly: true },
  },
} as const;
const { httpQuery } = forConfig(config);

/** Lists name the page that follows: https://betterstack.com/docs/uptime/api/pagination */
const pages = { by: 'link', next: 'pagination.next' } as const;

const monitors = httpQuery({
  title: 'Monitors',
  description: 'What is watched, and how it is.',
  request: { path: '/api/v2/monitors', query: { per_page: 250 } },
  pages,
  rows: 'data',
  columns: {
    id: { type: 'string', label: 'Monitor', at: 'id' },
    name: { type: 'string', label: 'Name', at: ['attributes.pronounceable_name', 'attributes.url'] },
    url: { type: 'string', label: 'URL', at: 'attributes.url' },
    status: { type: 'string', label: 'Status', at: 'attributes.status' },
    checked: { type: 'datetime', label: 'Last checked', at: 'attributes.last_checked_at' },
    frequency: { type: 'integer', unit: 's', label: 'Every', at: 'attributes.check_frequency' },
  },
  unique: ['id'],
  cache: '30s',
});

const incidents = httpQuery({
  title: 'Incidents',
  description: 'What went down since a day, the open ones without an end.',
  params: {
    type: 'object',
    additionalProperties: false,
    properties: { from: { type: 'string', format: 'date', title: 'Since' } },
  },
  request: { path: '/api/v3/incidents', query: { from: '{from}', per_page: 50 } },
  pages,
  rows: 'data',
  columns: {
    id: { type: 'string', label: 'Incident', at: 'id' },
    name: { type: 'string', label: 'What', at: 'attributes.name' },
    cause: { type: 'string', label: 'Cause', at: 'attributes.cause' },
    started: { type: 'datetime', label: 'Started', at: 'attributes.started_at' },
    resolved: { type: 'datetime', label: 'Resolved', at: 'attributes.resolved_at' },
  },
  unique: ['id'],
  cache: '60s',
});

export default definePlugin({
  name: 'better-stack',
  displayName: 'Better Stack',
  description: 'Monitors and incidents of Better Stack Uptime.',
  config,
  auth: [bearer({ token: 'token' })],
  async check(ctx) {
    const { data = [] } = await readJson<{ data?: unknown[] }>(await ctx.fetch('/api/v2/monitors?per_page=1'));
    return { message: data.length > 0 ? 'the token may read monitors' : 'the token is fine, there are no monitors' };
  },
  queries: { monitors, incidents },
  widgets: {
    monitors: widget({
      title: 'Monitors',
      kind: 'table',
      query: 'monitors',
      columns: ['name', 'status', 'checked'],
      refresh: '60s',
    }),
    incidents: widget({
      title: 'Incidents',
      kind: 'list',
      query: 'incidents',
      columns: ['name', 'started', 'resolved'],
      refresh: '60s',
    }),
  },
});
