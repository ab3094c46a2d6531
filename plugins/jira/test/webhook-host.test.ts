// From the site's webhook through the host's routes into the table of the stream.
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { defaultLimits } from '../../../host/src/limits.ts';
import { openStore } from '../../../host/src/store/index.ts';
import { silentLog } from '../../../tests/support/log.ts';
import { createJiraSimulator } from '../simulator/server.ts';
import type { WebhookCall } from '../simulator/webhook-sender.ts';
import { startOwnHost } from './own-host.ts';

const SECRET = 'a-secret-of-some-length';
const URL_SECRET = 'another-secret/of-some=length';

test('what Jira tells is in the table when it gets its answer, signed or with a secret in the URL', async () => {
  await using cloud = await createJiraSimulator({ issues: 20 });
  await using dataCenter = await createJiraSimulator({ issues: 20, deployment: 'dc', contextPath: '/jira' });
  await using host = await startOwnHost();
  const token = { personalAccessToken: cloud.token };
  await host.add('cloud', { baseUrl: cloud.url, ...token, webhookSecret: SECRET, projects: ['SOC'] });
  await host.add('dc', { baseUrl: dataCenter.url, ...token, webhookUrlSecret: URL_SECRET });
  const deliver = async (path: string, { headers, body }: WebhookCall): Promise<number> =>
    (await fetch(`${host.url}/api/instances/${path}`, { method: 'POST', headers: { ...headers }, body })).status;

  const [kept, deleted] = [cloud.changes.create('SOC', { summary: 'Kept' }), cloud.changes.create('SOC')];
  const signed = { secret: SECRET };
  const first = cloud.webhook('created', kept, signed);
  expect(await deliver('cloud/routes/webhook', first)).toBe(200);
  expect(await deliver('cloud/routes/webhook', cloud.webhook('created', deleted, signed))).toBe(200);
  cloud.changes.remove(deleted.id);
  expect(await deliver('cloud/routes/webhook', cloud.webhook('deleted', deleted, signed))).toBe(200);
  const foreign = cloud.webhook('created', cloud.changes.create('NET'), signed);
  expect(await deliver('cloud/routes/webhook', foreign)).toBe(200);
  const unsigned = cloud.webhook('created', cloud.changes.create('SOC'));
  expect(await deliver('cloud/routes/webhook', unsigned)).toBe(403);
  expect(await deliver('cloud/routes/webhook', { ...first, body: `${first.body} ` })).toBe(403);

  const old = dataCenter.webhook('updated', dataCenter.changes.create('NET', { summary: 'On premises' }));
  expect(await deliver(`dc/routes/webhook?secret=${encodeURIComponent(URL_SECRET)}&user_key=admin`, old)).toBe(200);
  expect(await deliver('dc/routes/webhook?secret=wrong', old)).toBe(403);

  await host.stop();
  await using store = await openStore({ ...host.place, limits: defaultLimits.store, log: silentLog });
  const { rows } = await sql`
    select instance_id as instance, summary, project, deleted_reason as reason
    from jira.issues order by instance_id, id`.execute(store.db);
  expect(rows).toEqual([
    { instance: 'cloud', summary: 'Kept', project: 'SOC', reason: null },
    { instance: 'cloud', summary: 'New', project: 'SOC', reason: 'deleted' },
    { instance: 'dc', summary: 'On premises', project: 'NET', reason: null },
  ]);
});
