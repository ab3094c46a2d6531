// Deliveries of GitHub: rows change at once, and not with the next read. Without deliveries everything but deletions is read all the same.
import { change, hmac, remove, upsert } from '@jackfield/sdk';
import { route } from './config.ts';
import { toRow, type VendorIssue } from './issue.ts';

interface Delivery {
  readonly action?: string;
  readonly issue?: VendorIssue;
}

export const webhook = route({
  title: 'Issues webhook',
  description: 'In the settings of the repository: content type application/json, the event "Issues".',
  method: 'POST',
  path: '/webhook',
  verify: [hmac({ header: 'x-hub-signature-256', prefix: 'sha256=', secret: 'webhookSecret' })],
  streams: ['issues'],
  async handle(_ctx, request) {
    const { action, issue } = request.json() as Delivery;
    // A ping, or an event that nobody has asked for.
    if (request.headers['x-github-event'] !== 'issues' || issue?.number === undefined) return { json: { changed: 0 } };
    const isGone = action === 'deleted' || action === 'transferred';
    const step = isGone ? remove([{ number: issue.number }], action) : upsert([toRow(issue)]);
    return { json: { changed: 1 }, changes: [change('issues', step)] };
  },
});
