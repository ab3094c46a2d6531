// People in a browser: what a host's edge asks of a request that carries a cookie, and what it tells the browser.
import type { Problem } from '@jackfield/schemas';
import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { ADMIN_TOKEN, startTestHost, type TestHost } from '../support/host.ts';

const PASSWORD = 'correct horse battery';
const PORTAL = 'https://portal.example';

interface Signed {
  readonly cookie: string;
  readonly csrf: string;
}

describe.each(oneOf)('a host on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  let signed: Signed;
  /** How the first admin was made, and what was answered. */
  let link: Record<string, string>;
  let made: LightMyRequestResponse;

  interface Sent {
    readonly as?: Partial<Signed>;
    readonly headers?: Record<string, string>;
    readonly body?: object;
  }
  const send = (
    method: string,
    url: string,
    { as = {}, headers = {}, body }: Sent = {},
  ): Promise<LightMyRequestResponse> =>
    running.host.app.inject({
      method: method as 'GET',
      url,
      headers: {
        ...(as.cookie === undefined ? {} : { cookie: as.cookie }),
        ...(as.csrf === undefined ? {} : { 'x-csrf-token': as.csrf }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: body }),
    });
  const codeOf = ({ body }: LightMyRequestResponse): string => (JSON.parse(body) as Problem).code;
  const cookieOf = (answer: LightMyRequestResponse): string =>
    answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const signIn = async (login: string): Promise<Signed> => {
    const answer = await send('POST', '/api/session', { body: { login, password: PASSWORD } });
    expect(answer.statusCode, answer.body).toBe(200);
    return { cookie: cookieOf(answer), csrf: answer.json<{ csrfToken: string }>().csrfToken };
  };

  beforeAll(async () => {
    place = await database.open();
    running = await startTestHost(place, { origins: [PORTAL] });
    const [, token = ''] = running.host.setupUrl?.split('/setup#') ?? [];
    const body = { token, login: 'root@example.com', name: 'Root', password: PASSWORD };
    link = body;
    made = await send('POST', '/api/setup', { body });
    signed = await signIn('root@example.com');
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test('makes the first admin with the link that it shows, once, and logs nothing of it', async () => {
    expect(made.statusCode, made.body).toBe(201);
    expect(codeOf(await send('POST', '/api/setup', { body: link }))).toBe('gone');
    expect(running.logs.join('')).not.toContain(link['token']);
  });

  test('hands out a cookie that scripts cannot read and other sites cannot send, and asks for no token beside it', async () => {
    const answer = await send('POST', '/api/session', { body: { login: 'root@example.com', password: PASSWORD } });
    expect(answer.headers['cache-control']).toBe('no-store');
    for (const name of ['jackfield_session', 'jackfield_csrf'])
      expect(answer.cookies.find((cookie) => cookie.name === name)).toMatchObject({
        httpOnly: true,
        sameSite: 'Lax',
        path: '/',
      });
    const who = await send('GET', '/api/session', { as: { cookie: signed.cookie } });
    expect(who.json()).toMatchObject({ kind: 'user', name: 'Root', role: 'admin', clients: null });
    const byToken = await send('GET', '/api/session', { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
    expect(byToken.json()).toMatchObject({ kind: 'token', name: 'JACKFIELD_ADMIN_TOKEN' });
  });

  test('changes nothing for a cookie alone, nor with the token of another session', async () => {
    const other = await signIn('root@example.com');
    const body = { id: 'acme', name: 'Acme' };
    for (const csrf of [undefined, '', 'guessed', other.csrf]) {
      const as = { cookie: signed.cookie, ...(csrf === undefined ? {} : { csrf }) };
      const answer = await send('POST', '/api/clients', { as, body });
      expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'permission_denied']);
      expect(answer.body).toContain('x-csrf-token');
    }
    expect((await send('POST', '/api/clients', { as: signed, body })).statusCode).toBe(201);
  });

  test('answers no page of another site in the name of whoever is signed in, but those that are listed', async () => {
    for (const origin of ['https://evil.example', 'null', 'http://localhost:81']) {
      const answer = await send('GET', '/api/clients', { as: signed, headers: { origin } });
      expect([answer.statusCode, codeOf(answer)]).toEqual([403, 'permission_denied']);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    for (const origin of [PORTAL, 'http://localhost:80'])
      expect((await send('GET', '/api/clients', { as: signed, headers: { origin } })).statusCode).toBe(200);
    const listed = await send('GET', '/api/clients', { as: signed, headers: { origin: PORTAL } });
    expect(listed.headers).toMatchObject({
      'access-control-allow-origin': PORTAL,
      'access-control-allow-credentials': 'true',
      vary: expect.stringContaining('Origin'),
    });
  });

  test('lets a browser ask beforehand, from the pages that are listed and from no other', async () => {
    const ask = (origin: string) =>
      send('OPTIONS', '/api/clients', { headers: { origin, 'access-control-request-method': 'POST' } });
    expect((await ask(PORTAL)).headers).toMatchObject({
      'access-control-allow-methods': expect.stringContaining('POST'),
    });
    const refused = await ask('https://evil.example');
    expect(refused.headers['access-control-allow-origin']).toBeUndefined();
  });

  test('lets the pages of any site ask whether they may show a widget, with a token and without a cookie', async () => {
    const origin = 'https://anywhere.example';
    const ask = (url: string) => send('OPTIONS', url, { headers: { origin, 'access-control-request-method': 'GET' } });
    for (const url of ['/api/widgets/some', '/api/widgets/some/data?days=7']) {
      const { headers } = await ask(url);
      expect(headers).toMatchObject({ 'access-control-allow-origin': '*', 'access-control-allow-methods': 'GET' });
      expect(headers['access-control-allow-credentials']).toBeUndefined();
    }
    expect((await ask('/api/widgets')).headers['access-control-allow-origin']).toBeUndefined();
    expect((await ask('/api/dashboards/some')).headers['access-control-allow-origin']).toBeUndefined();
  });

  test('tells browsers to run, load and frame nothing of its answers', async () => {
    for (const url of ['/healthz', '/api/nowhere', '/api/clients']) {
      expect((await send('GET', url)).headers).toMatchObject({
        'content-security-policy': "default-src 'none';frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      });
    }
  });

  test('ends a session when its user signs out, and the cookie with it', async () => {
    const mine = await signIn('root@example.com');
    const out = await send('DELETE', '/api/session', { as: mine });
    expect([out.statusCode, out.cookies[0]]).toMatchObject([204, { name: 'jackfield_session', value: '' }]);
    const answer = await send('GET', '/api/session', { as: mine });
    expect([answer.statusCode, codeOf(answer)]).toEqual([401, 'auth_failed']);
  });

  test('lets admins make people, who change their password', async () => {
    const body = { login: 'ada@example.com', name: 'Ada', role: 'user', clients: ['acme'], password: PASSWORD };
    const made = await send('POST', '/api/users', { as: signed, body });
    expect(made.json()).toMatchObject({ login: 'ada@example.com', clients: ['acme'], enabled: true });
    expect(made.body).not.toContain('argon2');
    expect(codeOf(await send('POST', '/api/users', { as: signed, body }))).toBe('conflict');
    const ada = await signIn('ada@example.com');
    expect((await send('GET', '/api/clients', { as: ada })).json()).toMatchObject({ clients: [{ id: 'acme' }] });
    expect((await send('GET', '/api/users', { as: ada })).statusCode).toBe(403);
    const change = { current: PASSWORD, password: 'another good password' };
    expect((await send('POST', '/api/session/password', { as: ada, body: change })).statusCode).toBe(204);
    const { id } = made.json<{ id: string }>();
    const open = await send('GET', `/api/users/${id}/sessions`, { as: signed });
    expect(open.json<{ sessions: object[] }>().sessions).toHaveLength(1);
    expect((await send('PATCH', `/api/users/${id}`, { as: signed, body: { enabled: false } })).statusCode).toBe(200);
    expect((await send('GET', '/api/clients', { as: ada })).statusCode).toBe(401);
  });

  test('looks at so many tries of one address in a minute, and tells when it looks again', async () => {
    const body = { token: 'guessed', login: 'root', name: 'Root', password: PASSWORD };
    const codes: string[] = [];
    for (let n = 0; n < 32; n += 1) codes.push(codeOf(await send('POST', '/api/setup', { body })));
    expect(codes.filter((code) => code === 'rate_limited').length).toBeGreaterThan(0);
    const late = await send('POST', '/api/setup', { body });
    expect(Number(late.headers['retry-after'])).toBeGreaterThan(0);
    expect(late.statusCode).toBe(429);
  });
});

test('behind a proxy that is trusted everybody has their own address; behind https cookies are sent over https only', async () => {
  await using place = await (oneOf[0] as (typeof oneOf)[number]).open();
  await using running = await startTestHost(place, {
    publicUrl: 'https://jackfield.example',
    proxies: ['192.0.2.0/24'],
  });
  const refused = async (remoteAddress: string): Promise<unknown> => {
    await running.host.app.inject({
      method: 'POST',
      url: '/api/session',
      remoteAddress,
      headers: { 'x-forwarded-for': '198.51.100.7' },
      payload: { login: 'nobody', password: 'wrong' },
    });
    const { body } = await running.api.call<{ entries: { actor: { address: string } }[] }>('GET', '/api/audit?limit=1');
    return body.entries[0]?.actor.address;
  };
  expect(await refused('192.0.2.1')).toBe('198.51.100.7');
  // Who is no such proxy is not believed.
  expect(await refused('203.0.113.1')).toBe('203.0.113.1');

  expect(running.host.setupUrl).toMatch(/^https:\/\/jackfield\.example\/setup#/);
  const [, token = ''] = running.host.setupUrl?.split('#') ?? [];
  const payload = { token, login: 'root', name: 'Root', password: PASSWORD };
  const { cookies, headers } = await running.host.app.inject({ method: 'POST', url: '/api/setup', payload });
  expect(cookies.map(({ name, secure }) => [name, secure])).toEqual([
    ['jackfield_session', true],
    ['jackfield_csrf', true],
  ]);
  expect(headers['strict-transport-security']).toContain('max-age=31536000');
});
