// What OAuth 2 must not show: tokens and client secret, to the plugin, in answers and in logs.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { oneOf } from '../support/databases.ts';
import { startTestHost } from '../support/host.ts';
import type { TestPlugin } from '../support/plugins.ts';
import { buildOAuthPlugin } from './support/oauth-plugin.ts';
import { CLIENT, startOAuthVendor } from './support/oauth-vendor.ts';

let plugin: TestPlugin;
beforeAll(async () => {
  plugin = await buildOAuthPlugin();
});
afterAll(() => plugin[Symbol.asyncDispose]());

describe.each(oneOf)('on $name', (database) => {
  test('a vendor that repeats tokens and the client secret has them taken out of logs and answers; the plugin sees none by itself', async () => {
    await using place = await database.open();
    await using vendor = await startOAuthVendor();
    const first = 'refresh-typed-by-an-admin-0001';
    vendor.refreshToken = first;
    await using host = await startTestHost(place, { plugins: [plugin], logLevel: 'trace' });
    const config = {
      baseUrl: vendor.origin,
      tokenUrl: vendor.tokenUrl,
      clientId: CLIENT.id,
      clientSecret: CLIENT.secret,
      refreshToken: first,
    };
    const answers: string[] = [];
    const ask = async (method: string, path: string, body?: unknown): Promise<string> => {
      const response = await host.api.send(method, path, body);
      const text = await response.text();
      answers.push(JSON.stringify([...response.headers]) + text);
      return text;
    };
    const secrets = (): string[] => [CLIENT.secret, first, ...vendor.issued];
    const holding = (texts: readonly string[]): string[] =>
      texts.filter((text) =>
        secrets().some((secret) =>
          [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)].some((form) => text.includes(form)),
        ),
      );

    await ask('POST', '/api/instances', { id: 'acme', plugin: 'oauth', name: 'Acme', config });
    // Before the vendor repeats anything: whatever the plugin sees, it sees by itself.
    const seen = await ask('GET', '/api/instances/acme/queries/everything');
    expect(seen).toContain(vendor.origin);
    expect(seen).toContain('invalid_client');
    expect(vendor.issued).not.toEqual([]);
    expect(holding([seen])).toEqual([]);

    vendor.answer = ({ token }, response) => {
      const echo = {
        name: token,
        said: [...secrets(), encodeURIComponent(CLIENT.secret), JSON.stringify(CLIENT.secret)],
      };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(echo));
    };
    expect(await ask('POST', '/api/instances/acme/check')).toContain('signed in as [secret]');
    expect(await ask('GET', '/api/instances/acme/queries/leak')).toContain('[secret]');
    // The token is replaced in the middle of a run: what is issued then is known as well.
    vendor.good.clear();
    expect(await ask('GET', '/api/instances/acme/queries/leak')).toContain('[secret]');
    expect(vendor.calls.slice(-2).map(({ status }) => status)).toEqual([401, 200]);
    await expect.poll(() => host.logs.filter((line) => line.includes('the vendor says')).length).toBeGreaterThan(1);
    expect(host.logs.some((line) => line.includes('[secret]'))).toBe(true);
    expect(holding(answers)).toEqual([]);
    expect(holding(host.logs)).toEqual([]);
  });
});
