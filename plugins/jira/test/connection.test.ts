import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import plugin from '../src/plugin.ts';
import { contextOf, failureOf, NOW, runQuery, startSite, type RunOptions } from './site.ts';
import type { JiraSimulator } from '../simulator/server.ts';

async function check(site: JiraSimulator, options: RunOptions = {}): Promise<string> {
  if (!plugin.check) throw new Error('the plugin has no check');
  return (await plugin.check(contextOf(site, options))).message;
}

describe('check', () => {
  test('names the product and the account on Cloud', async () => {
    await using site = await startSite({ deployment: 'cloud', issues: 1 });
    expect(await check(site)).toBe('Jira Cloud 1001.0.0-SNAPSHOT "Simulated Jira", signed in as Dashboard Reader');
  });

  test('names the product and the account on Data Center, with a personal access token', async () => {
    await using site = await startSite({ deployment: 'dc', issues: 1, contextPath: '/jira' });
    const message = await check(site, { authorization: `Bearer ${site.token}` });
    expect(message).toBe('Jira Data Center 10.3.2 "Simulated Jira", signed in as Dashboard Reader');
  });

  test('tells when personal access tokens expire, where Jira does', async () => {
    const expiries = async (site: JiraSimulator, options: RunOptions = {}) =>
      (await plugin.check?.(contextOf(site, options)))?.expires;
    await using site = await startSite({ deployment: 'dc', issues: 1 });
    const authorization = `Bearer ${site.token}`;
    const at = new Date(NOW + 60 * 86_400_000);
    expect(await expiries(site, { authorization })).toEqual([{ what: 'personal access token "dashboards"', at }]);
    // Signed in by password, those are other programs' tokens.
    expect(await expiries(site, { config: { email: site.email } })).toBeUndefined();
    await using cloud = await startSite({ deployment: 'cloud', issues: 1 });
    expect(await expiries(cloud)).toBeUndefined();
    expect(cloud.requests.map(({ path }) => path)).not.toContain('/rest/pat/latest/tokens');
  });

  test('fails with auth_failed when the token is wrong, also where Jira answers anonymous callers', async () => {
    await using site = await startSite({ issues: 1 });
    await expect(check(site, { authorization: 'Bearer wrong' })).rejects.toMatchObject({ code: 'auth_failed' });
    site.faults.add('anonymous');
    await expect(check(site)).rejects.toMatchObject({ code: 'auth_failed' });
  });

  test('fails when something else answers at the base URL', async () => {
    await using site = await startSite({ issues: 1, faults: ['html'] });
    await expect(check(site)).rejects.toMatchObject({ code: 'vendor_bad_response' });
  });
});

describe('the deployment', () => {
  test('is asked for once, and decides which search is used', async () => {
    for (const deployment of ['cloud', 'dc'] as const) {
      await using site = await startSite({ deployment, issues: 20 });
      await runQuery(site, 'open_by_status');
      await runQuery(site, 'workload');
      const searchPath = deployment === 'cloud' ? '/rest/api/3/search/jql' : '/rest/api/2/search';
      expect(site.requests.map(({ path }) => path)).toEqual(['/rest/api/2/serverInfo', searchPath, searchPath]);
    }
  });

  test('is asked for again after a failure', async () => {
    await using site = await startSite({ issues: 20, faults: ['500'] });
    expect((await failureOf(site, 'open_total')).code).toBe('vendor_error');
    site.faults.clear();
    expect(await runQuery(site, 'open_total')).toHaveLength(1);
  });
});

describe('the config', () => {
  const ajv = new Ajv2020({ strict: true });
  addFormats.default(ajv);
  const validate = ajv.compile(plugin.config);

  test.each([
    { baseUrl: 'https://acme.atlassian.net', email: 'a@example.com', apiToken: 't' },
    { baseUrl: 'http://jira.example.com:8080/jira', personalAccessToken: 't', projects: ['SOC', 'A1_B'] },
    { baseUrl: 'https://api.atlassian.com/ex/jira/11111111-2222-3333-4444-555555555555' },
  ])('takes %j', (value) => {
    expect(validate(value)).toBe(true);
  });

  test.each([
    {},
    { baseUrl: 'ftp://jira.example.com' },
    { baseUrl: 'https://user:secret@jira.example.com' },
    { baseUrl: 'https://jira.example.com?x=1' },
    { baseUrl: 'jira.example.com' },
    { baseUrl: 'https://jira.example.com', projects: ['soc'] },
    { baseUrl: 'https://jira.example.com', projects: ['SOC', 'SOC'] },
    { baseUrl: 'https://jira.example.com', nope: true },
  ])('refuses %j', (value) => {
    expect(validate(value)).toBe(false);
  });
});
