// The stream of issues against sites that misbehave as Jira does: no row lost, none doubled, no walk without an end.
import { isVendorError, type VendorError } from '@jackfield/sdk';
import { describe, expect, test } from 'vitest';
import type { FaultName } from '../simulator/faults.ts';
import { MINUTE, PRODUCTS, startLivingSite, streamOf } from './stream-site.ts';
import { createStreamTable, type StreamTable } from './stream-table.ts';
import { issueRows, liveIssues, tableRows } from './stream-truth.ts';
import type { LivingSite } from './stream-site.ts';

const newTable = (): StreamTable => createStreamTable(streamOf('issues'));

/** Calls of the search so far. */
function searches({ site }: LivingSite): number {
  return Object.entries(site.counts)
    .filter(([name]) => /\/search(\/jql)?$/.test(name) && !name.includes('project'))
    .reduce((sum, [, count]) => sum + count, 0);
}

async function failure(run: Promise<unknown>): Promise<VendorError> {
  const outcome = await run.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!isVendorError(outcome)) throw new Error('it did not fail with a VendorError', { cause: outcome });
  return outcome;
}

describe.each(PRODUCTS)('on %s', (_name, deployment) => {
  test('the first read brings every issue once, the next only what changed since', async () => {
    await using living = await startLivingSite({ deployment });
    const { site, ctx, wait } = living;
    const table = newTable();
    await table.sync(ctx());
    expect(tableRows(table)).toEqual(issueRows(site));
    const recent = site.issues.filter(
      ({ updated }) => updated >= Math.max(...site.issues.map((each) => each.updated)) - 5 * MINUTE,
    );
    expect(table.yielded).toBe(site.issues.length + recent.length);

    wait(10 * MINUTE);
    site.changes.update('20003', { summary: 'Changed' });
    const before = table.yielded;
    const calls = searches(living);
    await table.sync(ctx());
    expect(tableRows(table)).toEqual(issueRows(site));
    expect(table.yielded - before).toBeLessThanOrEqual(1 + recent.length);
    expect(searches(living) - calls).toBe(1);
  });

  test('only what is needed is asked for: named fields, milliseconds, no upper bound', async () => {
    await using living = await startLivingSite({ deployment, issues: 30 });
    const table = newTable();
    await table.sync(living.ctx());
    const bodies = living.site.requests.map(({ body }) => body as { jql?: string; fields?: string[] } | undefined);
    const asked = bodies.filter((body) => body?.jql !== undefined);
    expect(asked.length).toBeGreaterThan(0);
    for (const body of asked) {
      expect(body?.jql).toMatch(/^updated >= \d+ ORDER BY updated ASC, key ASC$/);
      expect(body?.fields).not.toContain('*all');
    }
  });

  test.each(['America/New_York', 'Asia/Shanghai'])('nothing is missed with an account in %s', async (timeZone) => {
    await using living = await startLivingSite({ deployment, issues: 100, timeZone });
    const { site, ctx, wait } = living;
    const table = newTable();
    await table.sync(ctx());
    for (let round = 0; round < 3; round++) {
      wait(5 * MINUTE);
      site.changes.update(site.issues[round]?.id ?? '', { summary: `Round ${round}` });
      await table.sync(ctx());
      expect(tableRows(table)).toEqual(issueRows(site));
    }
  });

  test.each<FaultName>([
    'short-pages',
    'truncated-walk',
    'overlap',
    'unstable-order',
    'minute-precision',
    'near-limit',
  ])('nothing is lost or doubled under %s', async (fault) => {
    await using living = await startLivingSite({ deployment, faults: [fault] });
    const { site, ctx, wait } = living;
    const table = newTable();
    await table.sync(ctx());
    expect(tableRows(table)).toEqual(issueRows(site));
    expect(searches(living)).toBeLessThan(fault === 'short-pages' || fault === 'minute-precision' ? 400 : 30);
    wait(10 * MINUTE);
    for (const { id } of site.issues.slice(0, 150)) site.changes.update(id, { summary: 'All at once' });
    await table.sync(ctx());
    expect(tableRows(table)).toEqual(issueRows(site));
  });

  test('without any word on paging it reads on, until it can neither go on nor be sure', async () => {
    if (deployment === 'dc') return;
    await using living = await startLivingSite({ deployment, faults: ['no-paging'] });
    const { site, ctx, wait } = living;
    const table = newTable();
    await table.sync(ctx());
    expect(tableRows(table)).toEqual(issueRows(site));
    wait(10 * MINUTE);
    for (const { id } of site.issues.slice(0, 150)) site.changes.update(id, { summary: 'More than a page' });
    const { code, message } = await failure(table.sync(ctx()));
    expect(code).toBe('vendor_bad_response');
    expect(message).toContain('gave 50 of about 150');
  });

  test.each<FaultName>(['repeat-token', 'endless', 'lost-page'])(
    '%s ends the read, after every row has come',
    async (fault) => {
      await using living = await startLivingSite({ deployment, faults: [fault] });
      const { site, ctx } = living;
      const table = newTable();
      const ends = await table.sync(ctx()).then(
        () => 'well',
        (error: unknown) => (isVendorError(error) ? error.code : 'badly'),
      );
      // Data Center's faults need a second page of one search, which is hardly ever asked for.
      expect(ends).toBe(deployment === 'cloud' || fault === 'endless' ? 'vendor_bad_response' : 'well');
      expect(tableRows(table)).toEqual(issueRows(site));
      expect(searches(living)).toBeLessThan(fault === 'endless' ? 1500 : 30);
    },
  );

  /** 350 issues change in one moment, one more long after; then each call finds that one of the first has changed once more. */
  async function startBulkChange(living: LivingSite, table: StreamTable): Promise<void> {
    const { site, ctx, wait } = living;
    await table.sync(ctx());
    wait(10 * MINUTE);
    for (const { id } of site.issues.slice(0, 350)) site.changes.update(id, { summary: 'Bulk change' });
    wait(20 * MINUTE);
    site.changes.update(site.issues[400]?.id ?? '', { summary: 'Long after' });
    wait(MINUTE);
  }

  test('more issues than a page holds may change in one moment, also while they are read', async () => {
    await using living = await startLivingSite({ deployment, issues: 420 });
    const { site, ctx } = living;
    const table = newTable();
    await startBulkChange(living, table);
    let edits = 0;
    site.beforeCall = ({ path }) => {
      // It was on a page that was read, so that all others move up by one.
      if (!/\/search(\/jql)?$/.test(path) || edits >= 6) return;
      site.changes.update(site.issues[edits++]?.id ?? '', { summary: 'Edited meanwhile' });
    };
    await table.sync(ctx());
    expect(edits).toBe(6);
    site.beforeCall = undefined;
    await table.sync(ctx());
    expect(tableRows(table)).toEqual(issueRows(site));
  });

  test('a read that breaks off in a crowded moment has not passed it', async () => {
    for (let breaksAt = 5; breaksAt <= 13; breaksAt += 2) {
      await using living = await startLivingSite({ deployment, issues: 420 });
      const { site, ctx } = living;
      const table = newTable();
      await startBulkChange(living, table);
      let calls = 0;
      site.beforeCall = ({ path }) => {
        if (!/\/search(\/jql)?$/.test(path)) return;
        calls++;
        if (calls <= 6) site.changes.update(site.issues[calls]?.id ?? '', { summary: 'Edited meanwhile' });
        if (calls === breaksAt) site.faults.add('503');
      };
      // The later ones may find nothing more to ask.
      const ended: unknown = await table.sync(ctx()).catch((error: unknown) => error);
      expect(ended === undefined || (isVendorError(ended) && ended.code === 'vendor_unavailable')).toBe(true);
      site.beforeCall = undefined;
      site.faults.clear();
      await table.sync(ctx());
      expect(tableRows(table), `broke off after call ${breaksAt}`).toEqual(issueRows(site));
    }
  });

  test('an issue that is edited between two pages is read in its latest state, and hides no other', async () => {
    await using living = await startLivingSite({ deployment });
    const { site, ctx, wait } = living;
    const table = newTable();
    const order = site.issues.toSorted((a, b) => a.updated - b.updated).map(({ id }) => id);
    let edits = 0;
    site.beforeCall = ({ path }) => {
      if (!/\/search(\/jql)?$/.test(path) || edits >= 8) return;
      wait(1000);
      for (const id of order.slice(edits * 60, edits * 60 + 5)) site.changes.update(id, { summary: `Edit ${edits}` });
      edits++;
    };
    await table.sync(ctx());
    expect(edits).toBe(8);
    expect(tableRows(table)).toEqual(issueRows(site));
  });

  test('a moved issue keeps its row, under its new key and project', async () => {
    await using living = await startLivingSite({ deployment, issues: 50 });
    const { site, ctx, wait } = living;
    const table = newTable();
    await table.sync(ctx());
    wait(10 * MINUTE);
    const issue = site.issues.find(({ project }) => project.key === 'SOC');
    site.changes.move(issue?.id ?? '', 'ONB');
    await table.sync(ctx());
    expect(table.rows.size).toBe(50);
    expect(table.rows.get(JSON.stringify([Number(issue?.id)]))).toMatchObject({ project: 'ONB', key: issue?.key });
    expect(tableRows(table)).toEqual(issueRows(site));
  });

  test('an issue that the index tells of late is found by the overlap', async () => {
    await using living = await startLivingSite({ deployment, issues: 50, faults: ['index-lag'] });
    const { site, ctx, wait } = living;
    const table = newTable();
    await table.sync(ctx());
    wait(10 * MINUTE);
    site.changes.update('20001', { summary: 'Late' });
    wait(30_000);
    site.faults.delete('index-lag');
    site.changes.update('20002', { summary: 'At once' });
    await table.sync(ctx());
    const late = JSON.stringify([20_001]);
    expect(table.rows.get(late)?.summary).not.toBe('Late');
    wait(5 * MINUTE);
    await table.sync(ctx());
    expect(table.rows.get(late)?.summary).toBe('Late');
    expect(tableRows(table)).toEqual(issueRows(site));
  });

  test('an issue of the future does not hide those of today', async () => {
    await using living = await startLivingSite({ deployment, issues: 50 });
    const { site, ctx, wait } = living;
    site.changes.update('20001', { updated: Date.UTC(2099, 0) });
    const table = newTable();
    await table.sync(ctx());
    wait(10 * MINUTE);
    site.changes.update('20002', { summary: 'Today' });
    await table.sync(ctx());
    expect(tableRows(table)).toEqual(issueRows(site));
  });

  test('a read that breaks off keeps what it has and goes on from there', async () => {
    await using living = await startLivingSite({ deployment });
    const { site, ctx } = living;
    const table = newTable();
    let calls = 0;
    site.beforeCall = ({ path }) => {
      if (/\/search(\/jql)?$/.test(path) && ++calls === 4) site.faults.add('503');
    };
    // The answer to the fourth call is already decided; the fifth meets the fault.
    expect((await failure(table.sync(ctx()))).code).toBe('vendor_unavailable');
    const kept = table.rows.size;
    expect(kept).toBeGreaterThan(50);
    site.beforeCall = undefined;
    site.faults.clear();
    const before = table.yielded;
    await table.sync(ctx());
    expect(tableRows(table)).toEqual(issueRows(site));
    expect(table.yielded - before).toBeLessThan(site.issues.length - kept + 100);
  });

  test('a token that ended is auth_failed, though Jira answers 200 and no issues; no row goes, no cursor moves', async () => {
    await using living = await startLivingSite({ deployment, issues: 50 });
    const { site, ctx } = living;
    const table = newTable();
    await table.sync(ctx());
    const { cursor } = table;
    site.faults.add('anonymous');
    expect((await failure(table.sync(ctx()))).code).toBe('auth_failed');
    expect((await failure(table.census(ctx()))).code).toBe('auth_failed');
    const keys = [...table.rows.values()].map(({ id }) => ({ id }));
    expect((await failure(Promise.resolve(streamOf('issues').census?.gone(ctx(), keys)))).code).toBe('auth_failed');
    expect(table.rows.size).toBe(50);
    expect(table.cursor).toEqual(cursor);
  });

  test('the configured projects restrict it, also when one of them is archived', async () => {
    await using living = await startLivingSite({ deployment, issues: 100 });
    const { site, wait } = living;
    const ctx = () => living.ctx({ config: { projects: ['SOC', 'NET'] } });
    const table = newTable();
    await table.sync(ctx());
    expect(tableRows(table)).toEqual(issueRows(site, liveIssues(site, ['SOC', 'NET'])));
    const kept = liveIssues(site, ['NET']);
    site.changes.setProject('NET', 'archived');
    wait(10 * MINUTE);
    const changed = liveIssues(site, ['SOC'])[0];
    site.changes.update(changed?.id ?? '', { summary: 'Still read' });
    await table.sync(ctx());
    await table.census(ctx());
    expect(tableRows(table)).toEqual(issueRows(site, [...liveIssues(site, ['SOC']), ...kept]));
  });

  test('a project that comes into view later brings its old issues', async () => {
    await using living = await startLivingSite({ deployment, issues: 300 });
    const { site, ctx, wait } = living;
    site.changes.setProject('NET', 'archived');
    const table = newTable();
    await table.sync(ctx());
    expect(tableRows(table)).toEqual(issueRows(site));
    wait(10 * MINUTE);
    site.changes.setProject('NET', 'live');
    await table.sync(ctx());
    expect(tableRows(table)).toEqual(issueRows(site));
    const wider = (projects: string[]) => living.ctx({ config: { projects } });
    const narrow = newTable();
    await narrow.sync(wider(['SOC']));
    await narrow.sync(wider(['SOC', 'VULN']));
    expect(tableRows(narrow)).toEqual(issueRows(site, liveIssues(site, ['SOC', 'VULN'])));
  });
});
