// The ways to sign in, through the real gateway of a host that has this repository's plugins.json.
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, expect, test } from 'vitest';
import { startHost } from '../../../host/src/host.ts';
import { defaultLimits } from '../../../host/src/limits.ts';
import { embedded } from '../../../tests/support/databases.ts';
import { ADMIN_TOKEN, createApi } from '../../../tests/support/host.ts';
import { createJiraSimulator } from '../simulator/server.ts';

const site = await createJiraSimulator({ issues: 30 });
const place = await embedded.open();
const host = await startHost({
  dataFolder: place.dataFolder,
  manifestFile: join(import.meta.dirname, '../../../plugins.json'),
  databaseUrl: undefined,
  adminToken: ADMIN_TOKEN,
  port: 0,
  limits: defaultLimits,
  log: pino({ level: 'silent' }),
});
afterAll(async () => {
  await host.stop();
  await Promise.all([site.close(), place[Symbol.asyncDispose]()]);
});
const { call } = createApi(host.url, ADMIN_TOKEN);

const oauth = {
  oauthTokenUrl: `${site.url}/oauth/token`,
  oauthClientId: 'client',
  oauthClientSecret: 'client-secret',
};

async function signIn(id: string, config: Record<string, unknown>): Promise<Record<string, unknown>> {
  const made = await call('POST', '/api/instances', {
    id,
    plugin: 'jira',
    name: id,
    config: { baseUrl: site.url, ...config },
  });
  expect(made, JSON.stringify(made.body)).toMatchObject({ status: 201 });
  return (await call('POST', `/api/instances/${id}/check`)).body;
}

test.each([
  ['basic', { email: site.email, apiToken: site.token }, []],
  ['bearer', { personalAccessToken: site.token }, []],
  ['client', oauth, ['client_credentials']],
  ['refresh', { ...oauth, oauthRefreshToken: 'refresh-token' }, ['refresh_token']],
  ['all', { ...oauth, email: site.email, apiToken: 'wrong', personalAccessToken: 'wrong' }, ['client_credentials']],
] as const)('with %s credentials the check passes and a query answers', async (id, config, grants) => {
  site.oauth.grants.length = 0;
  expect(await signIn(id, config)).toMatchObject({ ok: true });
  const answer = await call<{ rows: unknown[] }>('POST', `/api/instances/${id}/queries/open_total`, {});
  expect(answer).toMatchObject({ status: 200, body: { rows: [{ count: expect.any(Number) }] } });
  expect(site.oauth.grants).toEqual(grants);
});

test('a client that Jira does not know is auth_failed', async () => {
  const outcome = await signIn('unknown', { ...oauth, oauthClientSecret: 'wrong' });
  expect(JSON.stringify(outcome)).toContain('auth_failed');
});

test('the token endpoint of Atlassian is granted to the plugin', async () => {
  const { body } = await call<{ plugins: { name: string; state: string }[] }>('GET', '/api/plugins');
  expect(body.plugins.find(({ name }) => name === 'jira')).toMatchObject({ state: 'active' });
});
