import { VendorError, type RouteAnswer, type RouteRequest } from '@jackfield/sdk';
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { JiraSimulator } from '../simulator/server.ts';
import type { WebhookCall } from '../simulator/webhook-sender.ts';
import plugin from '../src/plugin.ts';
import { contextOf, startSite, type RunOptions } from './site.ts';

const webhook = plugin.routes?.webhook;

/** As the host hands it on. */
function requestOf({ headers, body }: Pick<WebhookCall, 'body'> & Partial<WebhookCall>): RouteRequest {
  const json = (): unknown => {
    try {
      return JSON.parse(body);
    } catch (cause) {
      throw new VendorError('params_invalid', 'the body must be JSON', { cause });
    }
  };
  return { method: 'POST', path: '/webhook', query: {}, headers: headers ?? {}, body, json };
}

async function receive(
  site: JiraSimulator,
  call: Pick<WebhookCall, 'body'> & Partial<WebhookCall>,
  config: RunOptions['config'] = {},
): Promise<RouteAnswer> {
  if (!webhook) throw new Error('the plugin has no webhook');
  site.requests.length = 0;
  return webhook.handle(contextOf(site, { config }), requestOf(call));
}

/** The row of an issue as the stream brings it. */
async function streamed(site: JiraSimulator, id: string): Promise<unknown> {
  const steps = await Array.fromAsync(plugin.streams?.issues?.read(contextOf(site), null) ?? []);
  const rows = steps.flatMap((step) => (step.step === 'upsert' ? (step.rows as { id: number }[]) : []));
  return rows.find((row) => row.id === Number(id));
}

const gone = (id: string, reason: string): object[] => [
  { stream: 'issues', change: { step: 'remove', keys: [{ id: Number(id) }], reason } },
];

describe.each(['cloud', 'dc'] as const)('on %s', (deployment) => {
  test.each(['created', 'updated'] as const)('an issue that was %s is the row that the stream brings', async (kind) => {
    await using site = await startSite({ deployment, issues: 40 });
    const description = { paragraphs: ['First *line*', 'Second'], points: ['a point'] };
    const issue = site.changes.create('SOC', {
      description,
      labels: ['x'],
      assignee: site.issues[0]?.assignee ?? null,
    });
    const answer = await receive(site, site.webhook(kind, issue));
    const row = await streamed(site, issue.id);
    expect(row).toMatchObject({ key: issue.key, summary: 'New', labels: ['x'] });
    expect(answer).toEqual({
      json: { changed: issue.key },
      changes: [{ stream: 'issues', change: { step: 'upsert', rows: [row] } }],
    });
  });

  test('Jira is asked for the one issue and for nothing else', async () => {
    await using site = await startSite({ deployment, issues: 40 });
    const call = site.webhook('updated', site.changes.update(site.issues[3]?.id ?? ''));
    await receive(site, call);
    await receive(site, call);
    expect(site.requests.map(({ path }) => path.replace(/\?.*/, ''))).toEqual([
      `/rest/api/${deployment === 'cloud' ? 3 : 2}/issue/${site.issues[3]?.id}`,
    ]);
  });

  test('an event that comes late brings the issue as it is now', async () => {
    await using site = await startSite({ deployment, issues: 40 });
    const issue = site.changes.create('SOC', { summary: 'Then' });
    const late = site.webhook('updated', issue);
    site.changes.update(issue.id, { summary: 'Now' });
    const { changes } = await receive(site, late);
    expect(changes).toMatchObject([{ change: { step: 'upsert', rows: [{ id: Number(issue.id), summary: 'Now' }] } }]);
  });

  test('a deleted issue is removed without a question', async () => {
    await using site = await startSite({ deployment, issues: 40 });
    const issue = site.changes.create('SOC');
    site.changes.remove(issue.id);
    expect((await receive(site, site.webhook('deleted', issue))).changes).toEqual(gone(issue.id, 'deleted'));
    expect(site.requests).toEqual([]);
    expect((await receive(site, site.webhook('updated', issue))).changes).toEqual(gone(issue.id, 'not found'));
  });

  test('to a caller whose token has ended nothing is gone', async () => {
    await using site = await startSite({ deployment, issues: 40 });
    const call = site.webhook('updated', site.changes.create('SOC'));
    await receive(site, call);
    for (const fault of ['anonymous', '401', '500', 'html'] as const) {
      site.faults.clear();
      site.faults.add(fault);
      await expect(receive(site, call), fault).rejects.toMatchObject({ name: 'VendorError' });
    }
  });

  test('issues outside the projects of the connection change nothing and cost no call', async () => {
    await using site = await startSite({ deployment, issues: 40 });
    const config = { projects: ['SOC', 'ONB'] };
    const foreign = site.changes.create('NET');
    for (const kind of ['created', 'updated', 'deleted'] as const) {
      const answer = await receive(site, site.webhook(kind, foreign), config);
      expect(answer).toEqual({ json: { ignored: expect.stringContaining('project') } });
      expect(site.requests).toEqual([]);
    }
    const own = await receive(site, site.webhook('created', site.changes.create('ONB')), config);
    expect(own.changes).toHaveLength(1);
  });

  test('an issue that was moved away is removed, one that was moved here is there', async () => {
    await using site = await startSite({ deployment, issues: 40 });
    const changelog = [
      { field: 'project', fromString: 'a', toString: 'b' },
      { field: 'Key', fromString: 'c', toString: 'd' },
    ];
    const issue = site.changes.create('SOC');
    const moved = site.changes.move(issue.id, 'NET');
    const call = site.webhook('updated', moved, { changelog });
    expect((await receive(site, call, { projects: ['SOC'] })).changes).toEqual(gone(issue.id, 'moved'));
    expect((await receive(site, call, { projects: ['NET'] })).changes).toMatchObject([
      { change: { step: 'upsert', rows: [{ id: Number(issue.id), key: moved.key, project: 'NET' }] } },
    ]);
  });
});

const id = '20001';
test.each([
  ['', /body/],
  ['{"webhookEvent":', /body/],
  ['[]', /JSON object/],
  ['"jira:issue_updated"', /JSON object/],
  ['{}', /webhookEvent/],
  ['{"webhookEvent":7}', /webhookEvent/],
  ['{"webhookEvent":"jira:issue_updated"}', /numeric id/],
  ['{"webhookEvent":"jira:issue_updated","issue":null}', /numeric id/],
  ['{"webhookEvent":"jira:issue_deleted","issue":{"id":"../../x"}}', /numeric id/],
  ['{"webhookEvent":"jira:issue_deleted","issue":{"id":"1e3"}}', /numeric id/],
  ['{"webhookEvent":"jira:issue_deleted","issue":{"id":-4}}', /numeric id/],
  ['{"webhookEvent":"jira:issue_deleted","issue":{"id":"99999999999999999999"}}', /numeric id/],
])('the body %j is refused and changes nothing', async (body, message) => {
  await using site = await startSite({ issues: 5 });
  expect(await receive(site, { body })).toEqual({ status: 400, json: { message: expect.stringMatching(message) } });
  expect(site.requests).toEqual([]);
});

test.each(['comment_created', 'jira:version_released', 'sprint_started', '__proto__', 'constructor'])(
  'the event %s is answered and changes nothing',
  async (webhookEvent) => {
    await using site = await startSite({ issues: 5 });
    const body = JSON.stringify({ webhookEvent, issue: { id } });
    expect(await receive(site, { body })).toEqual({ json: { ignored: expect.any(String) } });
    expect(site.requests).toEqual([]);
  },
);

test('an event without fields or key is about the issue with its id', async () => {
  await using site = await startSite({ issues: 5 });
  const { key, id: own } = site.changes.create('SOC');
  const body = JSON.stringify({ webhookEvent: 'jira:issue_updated', issue: { id: Number(own) } });
  expect(await receive(site, { body }, { projects: ['SOC'] })).toMatchObject({ json: { changed: key } });
});

test('what the host checks is what Jira signs', async () => {
  await using site = await startSite({ issues: 5 });
  const secret = 'a-secret-of-some-length';
  const { headers, body } = site.webhook('updated', site.changes.create('SOC'), { secret });
  const [signature] = webhook?.verify ?? [];
  expect(signature).toEqual({
    type: 'hmac-sha256',
    header: 'x-hub-signature',
    prefix: 'sha256=',
    secret: 'webhookSecret',
  });
  expect(headers['x-hub-signature']).toBe(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  expect(site.webhook('updated', site.changes.create('SOC')).headers).not.toHaveProperty('x-hub-signature');
  expect(site.webhook('updated', site.changes.create('SOC'), { excludeBody: true }).body).toBe('');
});
