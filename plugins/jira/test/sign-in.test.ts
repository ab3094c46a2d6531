// The ways to sign in, through the real gateway of a host that has this repository's plugins.json.
import { afterAll, expect, test } from 'vitest';
import { createJiraSimulator } from '../simulator/server.ts';
import { startOwnHost } from './own-host.ts';

const site = await createJiraSimulator({ issues: 30 });
/** Whose refresh token nobody else uses up. */
const own = await createJiraSimulator({ issues: 30 });
const host = await startOwnHost();
afterAll(() => Promise.all([host[Symbol.asyncDispose](), site.close(), own.close()]));
const { call } = host;

const oauthAt = (url: string): Record<string, string> => ({
  oauthTokenUrl: `${url}/oauth/token`,
  oauthClientId: 'client',
  oauthClientSecret: 'client-secret',
});
const oauth = oauthAt(site.url);

async function signIn(id: string, config: Record<string, unknown>): Promise<Record<string, unknown>> {
  await host.add(id, { baseUrl: site.url, ...config });
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

test('a refresh token that Jira replaces with each use is followed, over a restart of the host too', async () => {
  const ask = (): Promise<{ status: number }> => call('GET', '/api/instances/rotating/queries/open_by_status');
  await host.add('rotating', { baseUrl: own.url, ...oauthAt(own.url), oauthRefreshToken: 'refresh-token' });
  expect((await ask()).status).toBe(200);
  for (let round = 1; round <= 3; round += 1) {
    own.oauth.accessTokens.clear();
    if (round === 2) await host.restart();
    // Another question each time: the answer of the one before is cached.
    const answer = await call('POST', '/api/instances/rotating/queries/overdue', { params: { limit: round } });
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  }
  expect(own.oauth.grants).toEqual(Array.from({ length: 4 }, () => 'refresh_token'));
  expect(own.oauth.refreshTokens.size).toBe(1);
  expect(own.oauth.refreshTokens.has('refresh-token')).toBe(false);
});

test('a client that Jira does not know is auth_failed', async () => {
  const outcome = await signIn('unknown', { ...oauth, oauthClientSecret: 'wrong' });
  expect(JSON.stringify(outcome)).toContain('auth_failed');
});

test('the token endpoint of Atlassian is granted to the plugin', async () => {
  const { body } = await call<{ plugins: { name: string; state: string }[] }>('GET', '/api/plugins');
  expect(body.plugins.find(({ name }) => name === 'jira')).toMatchObject({ state: 'active' });
});
