import { basic, bearer, definePlugin, oauth2 } from '@jackfield/sdk';
import { config } from './config.ts';
import { readAccount, readDeployment } from './deployment.ts';
import { contractReminders } from './jobs/contract-reminders.ts';
import { createdVsResolved } from './queries/created-vs-resolved.ts';
import { jql } from './queries/jql.ts';
import { openByPriority } from './queries/open-by-priority.ts';
import { openByStatus } from './queries/open-by-status.ts';
import { openTotal } from './queries/open-total.ts';
import { overdue } from './queries/overdue.ts';
import { recentUpdates } from './queries/recent-updates.ts';
import { resolutionTime } from './queries/resolution-time.ts';
import { slaAtRisk } from './queries/sla-at-risk.ts';
import { unassignedHigh } from './queries/unassigned-high.ts';
import { workload } from './queries/workload.ts';
import { webhook } from './routes/webhook.ts';
import { streams } from './streams/index.ts';
import { syncedQueries } from './synced/index.ts';
import { queryWidgets } from './widgets/query-widgets.ts';
import { readTokenExpiries } from './token-expiries.ts';
import { streamWidgets } from './widgets/stream-widgets.ts';
import { syncedWidgets } from './widgets/synced-widgets.ts';

const client = {
  tokenUrl: 'oauthTokenUrl',
  clientId: 'oauthClientId',
  clientSecret: 'oauthClientSecret',
} as const;
/** Somebody's consent to an app or an application link. */
const consent = oauth2({ grant: 'refresh_token', ...client, refreshToken: 'oauthRefreshToken' });
const serviceAccount = oauth2({ grant: 'client_credentials', ...client });

export default definePlugin({
  name: 'jira',
  displayName: 'Jira',
  description: 'Open work, service levels and flow of Jira Cloud and Jira Data Center projects.',
  config,
  // The first whose fields are all set is used, so those with more fields go first.
  auth: [
    consent,
    serviceAccount,
    basic({ username: 'email', password: 'apiToken' }),
    bearer({ token: 'personalAccessToken' }),
  ],
  network: { hosts: ['auth.atlassian.com'], tls: 'tls' },
  async check(ctx) {
    const deployment = await readDeployment(ctx);
    const account = await readAccount(ctx, deployment);
    const product = deployment.kind === 'cloud' ? 'Jira Cloud' : 'Jira Data Center';
    const expires = await readTokenExpiries(ctx, deployment);
    const message = `${product} ${deployment.version} "${deployment.title}", signed in as ${account}`;
    return { message, ...(expires === undefined ? {} : { expires }) };
  },
  queries: {
    open_by_status: openByStatus,
    open_by_priority: openByPriority,
    open_total: openTotal,
    created_vs_resolved: createdVsResolved,
    sla_at_risk: slaAtRisk,
    overdue,
    unassigned_high: unassignedHigh,
    workload,
    resolution_time: resolutionTime,
    recent_updates: recentUpdates,
    jql,
    ...syncedQueries,
  },
  streams,
  routes: { webhook },
  widgets: { ...queryWidgets, ...streamWidgets, ...syncedWidgets },
  jobs: { contract_reminders: contractReminders },
});
