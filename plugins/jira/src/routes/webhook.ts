import {
  change,
  hmac,
  isVendorError,
  remove,
  sharedSecret,
  upsert,
  type RouteAnswer,
  type RouteRequest,
} from '@jackfield/sdk';
import { route, type JiraContext } from '../config.ts';
import { deploymentOf, readAccount } from '../deployment.ts';
import { partOf, textOf } from '../issue.ts';
import { readIssue } from '../issue-read.ts';
import { ISSUE_FIELDS, issueRow } from '../streams/index.ts';
import { projectScope } from '../jql.ts';
import { isObject } from '../request.ts';

/**
 * What Jira says in an event is only taken as a hint: it is written in version 2, holds what the webhook's owner sees and not this
 * account, and may be old when it comes. The issue is read again, so that a row is the same whether the webhook or the stream brought it.
 */
export const webhook = route({
  title: 'Issue webhook',
  description: 'For a webhook in Jira with the events "issue created", "updated" and "deleted": rows change at once.',
  method: 'POST',
  path: '/webhook',
  verify: [
    hmac({ header: 'x-hub-signature', prefix: 'sha256=', secret: 'webhookSecret' }),
    sharedSecret({ in: 'query', name: 'secret', secret: 'webhookUrlSecret' }),
  ],
  streams: ['issues'],
  async handle(ctx, request) {
    const event = parseEvent(request);
    if (typeof event === 'string') return { status: 400, json: { message: event } };
    if (event.kind === undefined) return ignored('this event changes no issue');
    if (!event.moved && isOutside(ctx, event.project))
      return ignored('the issue is in a project that this connection leaves out');
    if (event.kind === 'deleted') return gone(event.id, 'deleted');
    const deployment = await deploymentOf(ctx);
    const issue = await readIssue(ctx, event.id, ISSUE_FIELDS);
    if (issue === undefined) {
      // To a caller whose token has ended everything is gone.
      await readAccount(ctx, deployment);
      return gone(event.id, 'not found');
    }
    if (isOutside(ctx, partOf(issue.fields.project, 'key'))) return gone(event.id, 'moved');
    return { json: { changed: issue.key }, changes: [change('issues', upsert([issueRow(issue, deployment.siteUrl)]))] };
  },
});

interface IssueEvent {
  /** Undefined when it is about something else. */
  readonly kind: 'changed' | 'deleted' | undefined;
  readonly id: string;
  readonly project: string | null;
  /** Out of or into another project. */
  readonly moved: boolean;
}

const KINDS: ReadonlyMap<string, IssueEvent['kind']> = new Map([
  ['jira:issue_created', 'changed'],
  ['jira:issue_updated', 'changed'],
  ['jira:issue_deleted', 'deleted'],
]);

/** The event, or what is wrong with the body. */
function parseEvent(request: RouteRequest): IssueEvent | string {
  const body = bodyOf(request);
  if (!isObject(body)) return 'The body must be a JSON object: in Jira, do not exclude the body from the webhook.';
  const name = textOf(body.webhookEvent);
  if (name === null) return 'The body names no webhookEvent.';
  const kind = KINDS.get(name);
  if (kind === undefined) return { kind, id: '', project: null, moved: false };
  const { issue } = body;
  const id = isObject(issue) && typeof issue.id === 'number' ? String(issue.id) : partOf(issue, 'id');
  if (!isObject(issue) || id === null || !/^[1-9]\d{0,15}$/.test(id))
    return 'The event has no issue with a numeric id.';
  return { kind, id, project: projectOf(issue), moved: isMove(body.changelog) };
}

function bodyOf(request: RouteRequest): unknown {
  try {
    return request.json();
  } catch (error) {
    if (isVendorError(error)) return undefined;
    throw error;
  }
}

/** Events may come without fields; the key always begins with the project's. */
function projectOf(issue: Record<string, unknown>): string | null {
  const { fields } = issue;
  const named = isObject(fields) ? partOf(fields.project, 'key') : null;
  return named ?? /^([A-Z][A-Z0-9_]+)-\d+$/.exec(textOf(issue.key) ?? '')?.[1] ?? null;
}

function isMove(changelog: unknown): boolean {
  const items = isObject(changelog) && Array.isArray(changelog.items) ? changelog.items : [];
  return items.some((item) => /^(project|key)$/i.test(partOf(item, 'field') ?? ''));
}

function isOutside(ctx: JiraContext, project: string | null): boolean {
  const scope = projectScope(ctx, undefined);
  return scope !== undefined && project !== null && !scope.includes(project);
}

function gone(id: string, reason: string): RouteAnswer {
  return { json: { removed: id, reason }, changes: [change('issues', remove([{ id: Number(id) }], reason))] };
}

function ignored(reason: string): RouteAnswer {
  return { json: { ignored: reason } };
}
