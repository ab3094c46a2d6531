// The webhook of an administrator: tells a URL about issues, signed where the site can sign. Times, people and rich text are written
// as version 2 of the API writes them, on Cloud too.
import { createHmac, randomUUID } from 'node:crypto';
import { representIssue } from './representation.ts';
import { representText } from './rich-text.ts';
import type { Site } from './site.ts';
import type { SimIssue } from './world.ts';

export const WEBHOOK_EVENTS = { created: 'issue_created', updated: 'issue_updated', deleted: 'issue_deleted' } as const;
export type WebhookKind = keyof typeof WEBHOOK_EVENTS;

export interface Delivery {
  /** Without it, calls are not signed. */
  readonly secret?: string;
  /** What the change was about: a move has the items `project` and `Key`. */
  readonly changelog?: readonly { readonly field: string; readonly fromString: string; readonly toString: string }[];
  /** "Exclude body" in the webhook's settings. */
  readonly excludeBody?: boolean;
}

export interface WebhookCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The call as it is sent. */
export function webhookCall(site: Site, kind: WebhookKind, issue: SimIssue, delivery: Delivery = {}): WebhookCall {
  const body = delivery.excludeBody ? '' : JSON.stringify(payload(site, kind, issue, delivery.changelog));
  const { secret } = delivery;
  const signature = secret === undefined ? undefined : createHmac('sha256', secret).update(body).digest('hex');
  return {
    body,
    headers: {
      'content-type': 'application/json; charset=UTF-8',
      'user-agent':
        site.deployment === 'cloud' ? 'Atlassian Webhook HTTP Client' : 'Atlassian HttpClient 4.1.2 / JIRA-10.3.2',
      'x-atlassian-webhook-identifier': randomUUID(),
      ...(site.deployment === 'cloud' ? { 'x-atlassian-webhook-flow': 'Primary' } : {}),
      ...(signature === undefined ? {} : { 'x-hub-signature': `sha256=${signature}` }),
    },
  };
}

function payload(site: Site, kind: WebhookKind, issue: SimIssue, changelog: Delivery['changelog']): object {
  const written = representIssue(issue, ['*all'], { ...site, faults: new Set() }) as {
    fields: Record<string, unknown>;
  };
  const wiki = representText(issue.description, { ...site, deployment: 'dc' });
  return {
    timestamp: site.now(),
    webhookEvent: `jira:${WEBHOOK_EVENTS[kind]}`,
    issue_event_type_name: kind === 'created' ? 'issue_created' : 'issue_generic',
    user: written.fields.reporter,
    issue: {
      ...written,
      self: `${site.url}/rest/api/2/issue/${issue.id}`,
      fields: { ...written.fields, description: wiki },
    },
    ...(changelog === undefined
      ? {}
      : { changelog: { id: '10001', items: changelog.map((item) => ({ fieldtype: 'jira', ...item })) } }),
  };
}
