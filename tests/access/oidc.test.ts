// Signing in at a provider, with a real one.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OidcSettings, parseOidc } from '../../host/src/access/index.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import { type Arrival, Browser, CLIENT, startProvider, type TestProvider } from './provider.ts';

const settingsFor = (issuer: string): OidcSettings | undefined =>
  parseOidc({
    issuer,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    roles: 'soc=user,soc-leads=manager',
    clientClaim: 'clients',
  });

interface Who {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  readonly clients: string[] | null;
}

describe.each(oneOf)('on $name', (database) => {
  let place: TestDatabase;
  let provider: TestProvider;
  let running: TestHost;

  const signIn = (login: string, browser = new Browser()): Promise<Arrival> =>
    browser.open(`${running.url}/api/session/oidc`, login);
  const whoIs = async ({ cookie }: Arrival): Promise<Who> => {
    const response = await fetch(`${running.url}/api/session`, { headers: { cookie } });
    return (await response.json()) as Who;
  };
  const lastEntries = async (limit: number): Promise<object[]> =>
    (await running.api.call<{ entries: object[] }>('GET', `/api/audit?limit=${limit}`)).body.entries;

  beforeAll(async () => {
    place = await database.open();
    provider = await startProvider();
    running = await startTestHost(place, { oidc: settingsFor(provider.issuer) });
    await running.api.call('POST', '/api/clients', { id: 'acme', name: 'Acme' });
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await provider[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test('a provider that is down stops nobody but those who sign in there, and is asked again', async () => {
    const { response } = await signIn('ada');
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ code: 'vendor_unavailable' });
    provider.open(`${running.url}/api/session/oidc/callback`);
    provider.people.set('ada', {
      email: 'Ada@example.com',
      name: 'Ada',
      roles: ['soc', 'else'],
      clients: ['acme', 'gone'],
    });
    const arrived = await signIn('ada');
    expect(arrived.url).toBe(`${running.url}/`);
    expect(await whoIs(arrived)).toMatchObject({ kind: 'user', name: 'Ada', role: 'user', clients: ['acme'] });
    expect(await lastEntries(2)).toMatchObject([
      { action: 'session.sign-in', after: { with: `oidc ${provider.issuer}` } },
      { action: 'user.create', after: { login: 'ada@example.com', role: 'user', clients: ['acme'] } },
    ]);
  });

  test('role and clients are what the claims say each time, and the account is the same', async () => {
    const before = await whoIs(await signIn('ada'));
    provider.people.set('ada', { email: 'new@example.com', name: 'Ada L.', roles: ['soc-leads', 'soc'], clients: '*' });
    const after = await whoIs(await signIn('ada'));
    expect(after).toEqual({
      ...before,
      name: 'Ada L.',
      role: 'manager',
      clients: null,
      csrfToken: expect.any(String),
      sessionId: undefined,
    });
    provider.people.set('ada', { name: 'Ada L.', roles: 'soc' });
    expect(await whoIs(await signIn('ada'))).toMatchObject({ id: before.id, role: 'user', clients: [] });
  });

  test('whoever has a login here with a password is not the one with that address there', async () => {
    const local = { login: 'eve@example.com', name: 'Eve', role: 'admin', password: 'correct horse battery' };
    const { body } = await running.api.call<{ id: string }>('POST', '/api/users', local);
    provider.people.set('eve', { email: 'eve@example.com', name: 'Another Eve', roles: ['soc'], clients: '*' });
    const arrived = await whoIs(await signIn('eve'));
    expect(arrived).toMatchObject({ name: 'Another Eve', role: 'user' });
    expect(arrived.id).not.toBe(body.id);
    const password = { login: `eve@${new URL(provider.issuer).host}`, password: '' };
    expect((await running.api.call('POST', '/api/session', password)).status).toBe(401);
  });

  test('without a role there is no way in, nor with an account that is disabled here', async () => {
    provider.people.set('bob', { email: 'bob@example.com', name: 'Bob', roles: ['sales'] });
    const refused = await signIn('bob');
    expect(refused.response.status).toBe(403);
    expect(refused.cookie).not.toContain('jackfield_session');
    expect(await lastEntries(1)).toMatchObject([{ action: 'session.refused', after: { why: 'has no role' } }]);

    provider.people.set('bob', { email: 'bob@example.com', name: 'Bob', roles: ['soc'], clients: '*' });
    const { id } = await whoIs(await signIn('bob'));
    await running.api.call('PATCH', `/api/users/${id}`, { enabled: false });
    expect((await signIn('bob')).response.status).toBe(403);
    expect(await lastEntries(1)).toMatchObject([
      { action: 'session.refused', entity: { id }, after: { why: 'is disabled' } },
    ]);
  });

  test('whoever wanted a page is on it afterwards, and on no page of anybody else', async () => {
    provider.people.set('ada', { name: 'Ada', roles: ['soc'] });
    const start = `${running.url}/api/session/oidc`;
    const isThere = (url: string): boolean => url.startsWith(`${running.url}/runs`);
    const arrived = await new Browser().open(`${start}?next=/runs%3Fstate%3Dfailed`, 'ada', isThere);
    expect(arrived.url).toBe(`${running.url}/runs?state=failed`);
    expect(await whoIs(arrived)).toMatchObject({ name: 'Ada' });
    for (const next of [
      '//evil.example',
      String.raw`/\evil.example`,
      'https://evil.example/',
      '/\t/evil.example',
      'runs',
    ])
      expect((await fetch(`${start}?next=${encodeURIComponent(next)}`, { redirect: 'manual' })).status).toBe(400);
  });

  test('what another browser has begun, what was used, and what nobody has begun ends in nothing', async () => {
    provider.people.set('ada', { name: 'Ada', roles: ['soc'] });
    const browser = new Browser();
    const isBack = (url: string): boolean => url.includes('/api/session/oidc/callback?');
    const { url, cookie } = await browser.open(`${running.url}/api/session/oidc`, 'ada', isBack);
    const open = async (headers: Record<string, string>, address = url): Promise<number> =>
      (await fetch(address, { headers, redirect: 'manual' })).status;
    expect(await open({})).toBe(401);
    const other = await new Browser().open(`${running.url}/api/session/oidc`, 'ada', isBack);
    expect(await open({ cookie: other.cookie })).toBe(401);
    expect(await open({ cookie }, url.replace(/state=[^&]+/, 'state=guessed'))).toBe(401);
    expect(await open({ cookie }, url.replace(/code=[^&]+/, 'code=guessed'))).toBe(401);
    expect(await open({ cookie })).toBe(302);
    expect(await open({ cookie })).toBe(401);
    expect(running.logs.join('')).not.toContain(CLIENT.secret);
  });

  test('somebody who comes back without being signed in is shown the app, which knows why', async () => {
    const answer = await fetch(`${running.url}/api/session/oidc/callback?state=x`, {
      headers: { accept: 'text/html,*/*' },
      redirect: 'manual',
    });
    expect(answer.status).toBe(302);
    expect(answer.headers.get('location')).toBe('/sign-in?failed=auth_failed');
  });
});

test.each([
  [{ issuer: 'http://login.example' }, 'JACKFIELD_OIDC_ISSUER must be an https URL'],
  [{ issuer: 'login' }, 'JACKFIELD_OIDC_ISSUER is no URL'],
  [{ issuer: 'https://login.example' }, 'JACKFIELD_OIDC_CLIENT_ID is missing'],
  [{ issuer: 'https://login.example', clientId: 'x', roles: 'soc=root' }, 'JACKFIELD_OIDC_ROLES must be like'],
])('%j is refused when the host starts', (variables, message) => {
  expect(() => parseOidc(variables)).toThrow(message);
});

test('a host without a provider says so', () => {
  expect(parseOidc({})).toBeUndefined();
});
