// What is no more found is not therefore gone.
import { isVendorError } from '@jackfield/sdk';
import { describe, expect, test } from 'vitest';
import type { JiraSimulator } from '../simulator/server.ts';
import { MINUTE, PRODUCTS, startLivingSite, streamOf } from './stream-site.ts';
import { createStreamTable, type CensusOutcome } from './stream-table.ts';
import { issueRows, liveIssues, tableRows } from './stream-truth.ts';

/** One thing before each of the next searches and counts. */
function onSearches(site: JiraSimulator, things: readonly (() => unknown)[]): void {
  const left = [...things];
  site.beforeCall = ({ path }) => {
    if (path.includes('search') && !path.includes('project')) left.shift()?.();
  };
}

const newTable = () => createStreamTable(streamOf('issues'));

describe.each(PRODUCTS)('on %s', (_name, deployment) => {
  test('deleted issues go, after each was asked for by id', async () => {
    await using living = await startLivingSite({ deployment, issues: 300 });
    const { site, ctx } = living;
    const table = newTable();
    await table.sync(ctx());
    for (const { id } of site.issues.filter((_issue, index) => index % 10 === 0)) site.changes.remove(id);
    expect(await table.census(ctx())).toEqual({ doubted: 0, asked: 30, removed: 30 });
    expect(tableRows(table)).toEqual(issueRows(site));
    expect(await table.census(ctx())).toEqual({ doubted: 0, asked: 0, removed: 0 });
  });

  test('it asks for ids alone, in large pages, and for a hundred issues at most at once', async () => {
    await using living = await startLivingSite({ deployment, issues: 700 });
    const { site, ctx } = living;
    const table = newTable();
    await table.sync(ctx());
    for (const { id } of site.issues.filter((_issue, index) => index % 3 === 0)) site.changes.remove(id);
    site.requests.length = 0;
    await table.census(ctx());
    const bodies = site.requests.map(({ body }) => body as Record<string, unknown> | undefined);
    const walks = bodies.filter((body) => Array.isArray(body?.fields) && body.jql !== undefined);
    expect(walks.length).toBeGreaterThanOrEqual(4);
    for (const body of walks) expect(body).toMatchObject({ fields: ['id'], maxResults: 5000 });
    for (const body of bodies) {
      const { issueIdsOrKeys = [] } = (body ?? {}) as { issueIdsOrKeys?: string[] };
      expect(issueIdsOrKeys.length).toBeLessThanOrEqual(100);
    }
    expect(tableRows(table)).toEqual(issueRows(site));
  });

  test('an issue that the index misses is found by its id and stays', async () => {
    await using living = await startLivingSite({ deployment, issues: 60, faults: ['index-lag'] });
    const { site, ctx, wait } = living;
    const table = newTable();
    await table.sync(ctx());
    for (const id of ['20001', '20002', '20003']) site.changes.update(id, { summary: 'Not in the index yet' });
    expect(await table.census(ctx())).toEqual({ doubted: 0, asked: 3, removed: 0 });
    wait(2 * MINUTE);
    await table.sync(ctx());
    expect(tableRows(table)).toEqual(issueRows(site));
  });

  test('a moved issue that was not read yet stays, under its old key until it is', async () => {
    await using living = await startLivingSite({ deployment, issues: 60 });
    const { site, ctx } = living;
    const table = newTable();
    await table.sync(ctx());
    const issue = site.issues.find(({ project }) => project.key === 'SOC');
    site.changes.move(issue?.id ?? '', 'ONB');
    expect(await table.census(ctx())).toMatchObject({ removed: 0 });
    await table.sync(ctx());
    expect(tableRows(table)).toEqual(issueRows(site));
  });

  test('an issue that was moved out of the configured projects goes', async () => {
    await using living = await startLivingSite({ deployment, issues: 60 });
    const { site } = living;
    const ctx = () => living.ctx({ config: { projects: ['SOC', 'NET'] } });
    const table = newTable();
    await table.sync(ctx());
    const issue = site.issues.find(({ project }) => project.key === 'SOC');
    site.changes.move(issue?.id ?? '', 'ONB');
    await table.sync(ctx());
    expect(await table.census(ctx())).toEqual({ doubted: 0, asked: 1, removed: 1 });
    expect(tableRows(table)).toEqual(issueRows(site, liveIssues(site, ['SOC', 'NET'])));
  });

  test('when half of a project is missing at once nothing is believed', async () => {
    await using living = await startLivingSite({ deployment, issues: 200 });
    const { site, ctx } = living;
    const table = newTable();
    await table.sync(ctx());
    const inSoc = site.issues.filter(({ project }) => project.key === 'SOC');
    for (const { id } of inSoc.slice(0, Math.ceil(inSoc.length / 2) + 1)) site.changes.remove(id);
    expect(await table.census(ctx())).toEqual({ doubted: 1, asked: 0, removed: 0 });
    expect(table.rows.size).toBe(200);
  });

  test('a few issues that come and go between walk and count are no reason for doubt, however few there are', async () => {
    await using living = await startLivingSite({ deployment, issues: 0 });
    const { site, ctx } = living;
    const table = newTable();
    const [first] = Array.from({ length: 3 }, () => site.changes.create('SOC'));
    await table.sync(ctx());
    // The calls are a count, the walk and a count.
    onSearches(site, [
      () => undefined,
      () => site.changes.remove(first?.id ?? ''),
      () => [1, 2, 3].map(() => site.changes.create('SOC')),
    ]);
    expect(await table.census(ctx())).toEqual({ doubted: 0, asked: 1, removed: 1 });
  });

  test('a walk that found all that there was when it began is whole, however many came since', async () => {
    await using living = await startLivingSite({ deployment, issues: 0 });
    const { site, ctx } = living;
    const table = newTable();
    for (let index = 0; index < 40; index++) site.changes.create('SOC');
    await table.sync(ctx());
    onSearches(site, [
      () => undefined,
      () => undefined,
      () => Array.from({ length: 40 }, () => site.changes.create('SOC')),
    ]);
    expect(await table.census(ctx())).toEqual({ doubted: 0, asked: 0, removed: 0 });
    await table.sync(ctx());
    expect(tableRows(table)).toEqual(issueRows(site));
  });

  test('a walk over an index that lost many issues and has them again is doubted, nothing goes, and the next one is right', async () => {
    await using living = await startLivingSite({ deployment, issues: 200, faults: ['index-lag'] });
    const { site, ctx, wait } = living;
    const table = newTable();
    await table.sync(ctx());
    site.changes.remove('20003');
    wait(2 * MINUTE);
    onSearches(site, [
      () => undefined,
      () => site.issues.slice(0, 150).map(({ id }) => site.changes.update(id)),
      () => wait(2 * MINUTE),
    ]);
    await expect(table.census(ctx())).rejects.toThrow(/gave \d+ of about \d+ issues/);
    expect(table.rows.size).toBe(200);
    expect(await table.census(ctx())).toEqual({ doubted: 0, asked: 1, removed: 1 });
  });

  test('issues that come twice do not stand for others that do not come', async () => {
    await using living = await startLivingSite({ deployment, issues: 200 });
    const ctx = living.ctx();
    const table = newTable();
    await table.sync(ctx);
    const outcome: unknown = await table
      .census({
        ...ctx,
        fetch: async (input, init) => {
          const answer = await ctx.fetch(input, init);
          if (typeof init?.body !== 'string' || !init.body.includes('"fields":["id"]')) return answer;
          const json = (await answer.json()) as { issues: unknown[] };
          const half = Math.ceil(json.issues.length / 2);
          return Response.json({ ...json, issues: json.issues.map((_issue, index) => json.issues[index % half]) });
        },
      })
      .catch((error: unknown) => error);
    expect(String(outcome)).toMatch(/gave \d+ of about \d+ issues/);
    expect(table.rows.size).toBe(200);
  });

  test('the issues of an archived project and of one in the trash are not missed', async () => {
    await using living = await startLivingSite({ deployment, issues: 100 });
    const { site, ctx } = living;
    const table = newTable();
    await table.sync(ctx());
    site.changes.setProject('SOC', 'archived');
    site.changes.setProject('NET', 'deleted');
    expect(await table.census(ctx())).toEqual({ doubted: 0, asked: 0, removed: 0 });
    expect(table.rows.size).toBe(100);
  });

  test.each(['truncated-walk', 'endless', 'lost-page', 'repeat-token', '503', '429', 'anonymous', 'captcha'] as const)(
    'under %s nothing is deleted',
    async (fault) => {
      await using living = await startLivingSite({ deployment, issues: 2500 });
      const { site, ctx } = living;
      const table = newTable();
      await table.sync(ctx());
      site.changes.remove('20003');
      // Pages of the search have to be small for a fault of paging to show.
      site.faults.add(fault).add('short-pages');
      const outcome: unknown = await table.census(ctx()).catch((error: unknown) => error);
      // Where a fault does not show, the one that was deleted may go.
      expect(isVendorError(outcome) || (outcome as CensusOutcome).removed <= 1).toBe(true);
      const rows = tableRows(table);
      expect(rows.filter(({ id }) => id !== 20_003)).toEqual(issueRows(site));
    },
    60_000,
  );
});

test('a project with more issues than a walk can be trusted with is counted in slices of time', async () => {
  await using living = await startLivingSite({ issues: 0 });
  const { site, ctx } = living;
  const day = 86_400_000;
  const first = Date.UTC(2019, 0);
  const template = site.changes.create('SOC');
  site.changes.remove(template.id);
  for (let index = 0; index < 60_000; index++) {
    const at = first + Math.floor(index / 100) * day;
    site.issues.push({ ...template, id: String(20_000 + index), key: `SOC-${index + 1}`, created: at, updated: at });
  }
  const keys = new Set<unknown>();
  for await (const step of streamOf('issues').census?.keys(ctx()) ?? []) {
    if (step.step === 'present') for (const { id } of step.keys) keys.add(id);
  }
  expect(keys.size).toBe(60_000);
  const walks = site.requests.map(({ body }) => (body as { jql?: string } | undefined)?.jql ?? '');
  expect(walks.some((jql) => /created >= \d+ AND created < \d+ ORDER/.test(jql))).toBe(true);
});
