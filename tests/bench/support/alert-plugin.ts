import { buildTestPlugin, type TestPlugin } from '../../support/plugins.ts';
import { ALERT_COLUMNS } from './alerts.ts';

/** `alerts` is never cached, `cached` for an hour, `viewed` for as long as dashboards usually do. */
export function buildAlertPlugin(): Promise<TestPlugin> {
  const columns = ALERT_COLUMNS.map(({ name, type }) => `${name}: { type: '${type}' }`).join(', ');
  return buildTestPlugin(
    `
import { bearer, definePlugin, query, readJson } from '@jackfield/sdk';
const alerts = {
  title: 'Alerts',
  params: { type: 'object', additionalProperties: false, properties: { page: { type: 'integer', minimum: 0, default: 0 } } },
  columns: { ${columns} },
  async *rows(ctx, { page }) {
    const { alerts } = await readJson(await ctx.fetch('/alerts?page=' + page));
    yield alerts.map(({ id, severity, title, device, count, seen }) => ({ id, severity, title, device: device.name, count, seen }));
  },
} as const;
export default definePlugin({
  name: 'alerts',
  displayName: 'Alerts',
  config: {
    type: 'object', required: ['baseUrl'],
    properties: { baseUrl: { type: 'string', format: 'uri' }, token: { type: 'string', writeOnly: true } },
  },
  auth: [bearer({ token: 'token' })],
  async check() { return { message: 'fine' }; },
  queries: { alerts: query(alerts), cached: query({ ...alerts, cache: '1h' }), viewed: query({ ...alerts, cache: '30s' }) },
});`,
    { name: 'alerts' },
  );
}
