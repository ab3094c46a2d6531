// The simulated site changes while it is read, and tells of it as late and as incompletely as the vendor does.
import { expect, test } from 'vitest';
import type { JiraSimulator } from '../simulator/server.ts';
import { NOW, startSite } from './site.ts';

const MINUTE = 60_000;

async function call(site: JiraSimulator, path: string, body?: unknown): Promise<Response> {
  return fetch(site.url + path, {
    headers: { authorization: `Bearer ${site.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
}

async function count(site: JiraSimulator, jql: string): Promise<unknown> {
  const answer = await call(site, '/rest/api/3/search/approximate-count', { jql });
  return ((await answer.json()) as { count?: number }).count ?? answer.status;
}

async function idsOf(answer: Response): Promise<string[]> {
  return ((await answer.json()) as { issues: { id: string }[] }).issues.map(({ id }) => id);
}

test.each([
  ['America/New_York', '2026-03-30 05:17'],
  ['Asia/Shanghai', '2026-03-30 17:17'],
])('a date in JQL is read in the zone of an account in %s, milliseconds are not', async (timeZone, local) => {
  await using site = await startSite({ issues: 20, timeZone });
  const { id } = site.changes.create('SOC');
  const since = Math.floor(NOW / MINUTE) * MINUTE;
  expect(await count(site, `updated >= "${local}"`)).toBe(1);
  expect(await count(site, `updated >= "2026/03/30 09:17"`)).toBe(timeZone === 'Asia/Shanghai' ? 1 + recent(site) : 0);
  expect(await count(site, `updated >= ${since}`)).toBe(1);
  expect(site.issues.at(-1)?.id).toBe(id);
});

/** Changed between the two readings of the same clock face. */
function recent(site: JiraSimulator): number {
  const earlier = Math.floor(NOW / MINUTE) * MINUTE - 8 * 60 * MINUTE;
  return site.issues.filter(({ updated }) => updated >= earlier && updated < NOW).length;
}

test('a moved issue keeps its id, gets a new key and answers to the old one', async () => {
  await using site = await startSite({ issues: 20 });
  const { id, key } = site.changes.create('SOC');
  const moved = site.changes.move(id, 'ONB');
  expect(moved.key).toMatch(/^ONB-\d+$/);
  expect(await (await call(site, `/rest/api/3/issue/${key}?fields=project`)).json()).toMatchObject({
    id,
    key: moved.key,
  });
  expect(await count(site, `id in (${id}) and project = ONB`)).toBe(1);
});

test('an index that lags hides what changed and still shows what is gone, unless an issue is named', async () => {
  let now = NOW;
  await using site = await startSite({ issues: 20, now: () => now, faults: ['index-lag'] });
  const [changed, gone] = [site.issues[3]?.id ?? '', site.issues[4]?.id ?? ''];
  site.changes.update(changed, { summary: 'Later' });
  site.changes.remove(gone);
  const search = { jql: 'created >= 0', maxResults: 5000 };
  const late = await idsOf(await call(site, '/rest/api/3/search/jql', search));
  expect(late).not.toContain(changed);
  expect(late).toContain(gone);
  const named = { ...search, reconcileIssues: [changed, gone].map(Number) };
  const fresh = await idsOf(await call(site, '/rest/api/3/search/jql', named));
  expect(fresh).toContain(changed);
  expect(fresh).not.toContain(gone);
  now += MINUTE;
  expect((await idsOf(await call(site, '/rest/api/3/search/jql', search))).toSorted()).toEqual(fresh.toSorted());
});

test('issues are fetched in bulk from the database, and what does not exist is left out', async () => {
  await using site = await startSite({ issues: 20, faults: ['index-lag'] });
  const { id } = site.changes.update(site.issues[3]?.id ?? '');
  const answer = await call(site, '/rest/api/3/issue/bulkfetch', {
    issueIdsOrKeys: [id, '1', 'NOPE-7'],
    fields: ['summary'],
  });
  expect(await answer.json()).toMatchObject({ issues: [{ id }], issueErrors: [] });
  const many = { issueIdsOrKeys: Array.from({ length: 101 }, (_, index) => String(index)) };
  expect((await call(site, '/rest/api/3/issue/bulkfetch', many)).status).toBe(400);
});

test('an archived project is no more for searches, and listed when asked for', async () => {
  await using site = await startSite({ issues: 20 });
  const inSoc = site.issues.filter(({ project }) => project.key === 'SOC').length;
  site.changes.setProject('SOC', 'archived');
  expect(await count(site, 'project = SOC')).toBe(400);
  expect(await count(site, 'created >= 0')).toBe(20 - inSoc);
  const keys = async (query: string): Promise<string[]> => {
    const answer = await call(site, `/rest/api/3/project/search${query}`);
    return ((await answer.json()) as { values: { key: string }[] }).values.map(({ key }) => key);
  };
  expect(await keys('')).toEqual(['NET', 'VULN', 'ONB']);
  expect(await keys('?status=archived')).toEqual(['SOC', 'OLD']);
  expect(await keys('?status=deleted&status=live')).toEqual(['NET', 'VULN', 'ONB', 'BIN']);
});

test('the feeds of worklogs leave out the last minute and page by time', async () => {
  let now = NOW;
  await using site = await startSite({ issues: 4000, now: () => now });
  const { id } = site.changes.logWork(site.issues[0]?.id ?? '', 600);
  interface Feed {
    readonly values: { readonly worklogId: number }[];
    readonly until: number;
    readonly lastPage: boolean;
  }
  const walk = async (): Promise<number[]> => {
    const found = new Set<number>();
    for (let since = 0; ;) {
      const answer = await call(site, `/rest/api/3/worklog/updated?since=${since}`);
      const { values, until, lastPage } = (await answer.json()) as Feed;
      for (const { worklogId } of values) found.add(worklogId);
      if (lastPage) return [...found];
      since = until;
    }
  };
  expect(await walk()).not.toContain(id);
  now += MINUTE;
  expect(new Set(await walk())).toEqual(new Set(site.worklogs.keys()));
  expect(site.counts['GET /rest/api/3/worklog/updated']).toBeGreaterThan(3);
  site.changes.removeWorklog(id);
  now += MINUTE;
  expect(await (await call(site, '/rest/api/3/worklog/deleted')).json()).toMatchObject({ values: [{ worklogId: id }] });
  expect(await (await call(site, '/rest/api/3/worklog/list', { ids: [id] })).json()).toEqual([]);
});

test('an issue shows twenty of its worklogs, whatever it has', async () => {
  await using site = await startSite({ issues: 20 });
  const answer = await call(site, `/rest/api/3/issue/${site.issues[10]?.id}?fields=worklog`);
  expect(await answer.json()).toMatchObject({ fields: { worklog: { maxResults: 20, total: 25 } } });
  const all = await call(site, `/rest/api/3/issue/${site.issues[10]?.id}/worklog`);
  expect(await all.json()).toHaveProperty('worklogs.length', 25);
});

test('a kanban board has no sprints and says so with a 400', async () => {
  await using site = await startSite({ issues: 1 });
  const { values } = (await (await call(site, '/rest/agile/1.0/board')).json()) as {
    values: { id: number; type: string }[];
  };
  const kanban = values.find(({ type }) => type === 'kanban')?.id;
  const scrum = values.find(({ type }) => type === 'scrum')?.id;
  expect((await call(site, `/rest/agile/1.0/board/${kanban}/sprint`)).status).toBe(400);
  const page = await call(site, `/rest/agile/1.0/board/${scrum}/sprint?maxResults=1000`);
  expect(await page.json()).toMatchObject({ maxResults: 50, isLast: false });
});

test('a refresh token is good for one use, an access token for its time', async () => {
  let now = NOW;
  await using site = await startSite({ issues: 1, now: () => now, oauth: { lifetime: 60 } });
  const grant = (values: Record<string, string>): Promise<Response> =>
    fetch(`${site.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'client', client_secret: 'client-secret', ...values }),
    });
  const refresh = { grant_type: 'refresh_token', refresh_token: 'refresh-token' };
  const first = (await (await grant(refresh)).json()) as { access_token: string; refresh_token: string };
  expect((await grant(refresh)).status).toBe(400);
  expect((await grant({ ...refresh, refresh_token: first.refresh_token })).status).toBe(200);
  expect((await grant({ grant_type: 'client_credentials', client_secret: 'wrong' })).status).toBe(401);
  expect((await grant({ grant_type: 'client_credentials' })).status).toBe(200);
  const headers = { authorization: `Bearer ${first.access_token}` };
  expect((await fetch(`${site.url}/rest/api/3/myself`, { headers })).status).toBe(200);
  now += MINUTE;
  expect((await fetch(`${site.url}/rest/api/3/myself`, { headers })).status).toBe(401);
  expect(site.oauth.grants).toEqual(['refresh_token', 'refresh_token', 'client_credentials']);
});

test('to an anonymous caller the site is empty, but nobody is signed in', async () => {
  await using site = await startSite({ issues: 20, faults: ['anonymous'] });
  const id = site.issues[0]?.id;
  for (const [path, body] of [
    ['/rest/api/3/search/jql', { jql: 'created >= 0' }],
    ['/rest/api/3/issue/bulkfetch', { issueIdsOrKeys: [id] }],
    ['/rest/api/3/project/search'],
    ['/rest/api/3/worklog/updated'],
    ['/rest/agile/1.0/board'],
  ] as const) {
    const answer = await call(site, path, body);
    expect(answer.status, path).toBe(200);
    expect(answer.headers.get('x-seraph-loginreason'), path).toBe('AUTHENTICATED_FAILED');
    expect(JSON.stringify(await answer.json()), path).toMatch(/"(issues|values)":\[\]/);
  }
  expect((await call(site, '/rest/api/3/myself')).status).toBe(401);
});
