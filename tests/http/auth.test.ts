import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ROLES } from '../../host/src/access/index.ts';
import { startHost } from '../../host/src/host.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { silentLog } from '../support/log.ts';
import { openStore } from '../../host/src/store/index.ts';
import { oneOf, type TestDatabase } from '../support/databases.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import { expectProblem } from '../support/problem.ts';
import { addToken, addTokens } from '../support/tokens.ts';

describe.each(oneOf)('a host on $name', (database) => {
  let place: TestDatabase;
  let running: TestHost;
  let tokens: Awaited<ReturnType<typeof addTokens>>;
  let unknownRole: string;
  beforeAll(async () => {
    place = await database.open();
    tokens = await addTokens(place);
    unknownRole = await addToken(place, 'emperor');
    running = await startTestHost(place);
  });
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
  });

  test.each(['Bearer ', 'Bearer wrong', 'Basic dGhlLWFkbWluOg==', 'the-admin-token-of-these-tests-000'])(
    'refuses "Authorization: %s" and says what to send',
    async (authorization) => {
      const response = await running.api.send('GET', '/api/instances', undefined, { headers: { authorization } });
      expect(response.headers.get('www-authenticate')).toBe('Bearer');
      await expectProblem(response, 401, 'auth_failed');
    },
  );

  test.each(['/api/nowhere', '/api', '/api/%', `/api/instances/${'x'.repeat(300)}`])(
    'does not tell a stranger whether %s exists',
    async (path) => {
      const response = await running.api.send('GET', path, undefined, { headers: { authorization: '' } });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(await response.text()).not.toContain('there is no GET');
    },
  );

  test('shows everybody the page of the app for what is no path of the API: it runs its own files and nothing else', async () => {
    const page = await fetch(`${running.url}/plugins/jira`);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain('unsafe');
    expect(page.headers.get('cache-control')).toBe('no-cache');
    const [, script = ''] = /src="([^"]+)"/.exec(await page.text()) ?? [];
    const loaded = await fetch(new URL(script, running.url));
    expect(loaded.headers.get('content-type')).toMatch('javascript');
    expect(loaded.headers.get('content-encoding')).toBe('gzip');
    expect(loaded.headers.get('cache-control')).toContain('immutable');
    await expectProblem(await fetch(`${running.url}/assets/..%2f..%2fpackage.json`), 400, 'params_invalid');
  });

  test('takes the token that the operator chose', async () => {
    expect((await running.api.send('GET', '/api/plugins')).status).toBe(200);
  });

  test.each(ROLES)('takes a token of role %s', async (role) => {
    const headers = { authorization: `Bearer ${tokens[role]}` };
    expect((await running.api.send('GET', '/api/plugins', undefined, { headers })).status).toBe(200);
  });

  test('refuses a token of a role that it does not know', async () => {
    const headers = { authorization: `Bearer ${unknownRole}` };
    await expectProblem(await running.api.send('GET', '/api/plugins', undefined, { headers }), 401, 'auth_failed');
  });
});

describe.each(oneOf)('a first start on $name', (database) => {
  test('makes one admin token, shows it once and stores only its hash', async () => {
    await using place = await database.open();
    let token: string;
    {
      await using first = await startTestHost(place, { adminToken: null });
      token = first.host.firstAdminToken ?? '';
      expect(token).toMatch(/^jf_.{40,}/);
      expect((await first.api.send('GET', '/api/plugins')).status).toBe(200);
      expect(first.logs.join('')).not.toContain(token);
    }
    {
      await using again = await startTestHost(place, { adminToken: null });
      expect(again.host.firstAdminToken).toBeUndefined();
      const headers = { authorization: `Bearer ${token}` };
      expect((await again.api.send('GET', '/api/plugins', undefined, { headers })).status).toBe(200);
    }
    await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
    const { rows } = await sql<{ token: string }>`select t::text as token from api_token t`.execute(store.db);
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(token);
    const hex = Buffer.from(token).toString('hex');
    expect(JSON.stringify(rows)).not.toContain(hex);
  });

  test('that cannot listen does not use the token up', async () => {
    await using place = await database.open();
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const manifestFile = `${place.dataFolder}/plugins.json`;
    await writeFile(manifestFile, '{"plugins":[]}');
    const options = { ...place, manifestFile, log: pino({ level: 'silent' }) };
    try {
      await expect(startHost({ ...options, port })).rejects.toThrow('is in use by another program');
    } finally {
      other.close();
    }
    await using host = await startHost({ ...options, port: 0 });
    expect(host.firstAdminToken).toMatch(/^jf_/);
  });

  test('refuses an admin token that is too short to be one, with its length', async () => {
    await using place = await database.open();
    await expect(startTestHost(place, { adminToken: 'short' })).rejects.toThrow(
      'JACKFIELD_ADMIN_TOKEN has 5 characters, it needs 32',
    );
  });
});
