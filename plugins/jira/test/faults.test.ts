import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { FaultName } from '../simulator/faults.ts';
import { failureOf, NOW, queries, runQuery, startSite } from './site.ts';

const cloud = await startSite({ deployment: 'cloud', issues: 600 });
const dataCenter = await startSite({ deployment: 'dc', issues: 2000 });
afterAll(() => Promise.all([cloud.close(), dataCenter.close()]));
afterEach(() => {
  cloud.faults.clear();
  dataCenter.faults.clear();
});

setFlagsFromString('--expose-gc');
/** A signal that only a weak reference leads to is lost here. */
const collectGarbage: () => void = runInNewContext('gc');

const CODES: readonly (readonly [FaultName, string])[] = [
  ['500', 'vendor_error'],
  ['503', 'vendor_unavailable'],
  ['429', 'rate_limited'],
  ['401', 'auth_failed'],
  ['captcha', 'auth_failed'],
  ['anonymous', 'auth_failed'],
  ['html', 'vendor_bad_response'],
  ['truncated', 'vendor_bad_response'],
  ['empty-body', 'vendor_bad_response'],
  ['wrong-shape', 'vendor_bad_response'],
];

describe.each([
  ['Cloud', cloud],
  ['Data Center', dataCenter],
])('on %s', (_name, site) => {
  test.each(CODES)('the fault %s makes every query fail with %s', async (fault, code) => {
    // Once without the fault, so that it meets the query's own calls and not only the first look at the server.
    await runQuery(site, 'open_total');
    site.faults.add(fault);
    for (const id of Object.keys(queries)) {
      site.requests.length = 0;
      const failure = await failureOf(site, id);
      expect(failure.code, id).toBe(code);
      expect(site.requests.length, id).toBeGreaterThan(0);
    }
  });

  test('fields that Jira hides leave empty cells, not failures', async () => {
    site.faults.add('hidden-fields');
    const [status] = await runQuery(site, 'open_by_status');
    expect(status).toMatchObject({ status: 'Unknown', category: null, count: expect.any(Number) });
    for (const id of Object.keys(queries)) await runQuery(site, id);
  });

  test('the connection being reset is a failure of fetch, with no row', async () => {
    site.faults.add('down');
    await expect(runQuery(site, 'open_by_status')).rejects.toThrow(TypeError);
  });

  test('a site that hangs is left as soon as the run is cancelled', async () => {
    site.faults.add('hang');
    const started = performance.now();
    site.requests.length = 0;
    const run = new AbortController();
    const outcome = runQuery(site, 'open_by_status', {}, { signal: run.signal }).catch((error: unknown) => error);
    await expect.poll(() => site.requests.length).toBe(1);
    collectGarbage();
    run.abort();
    expect(await outcome).toMatchObject({ name: 'AbortError' });
    expect(performance.now() - started).toBeLessThan(5000);
  });

  test('a slow site still answers', async () => {
    site.faults.add('slow');
    expect(await runQuery(site, 'open_total')).toHaveLength(1);
  });

  test.each([
    ['429', Date.parse('2026-03-30T09:19:00Z') - NOW, 12_000],
    ['429-quota', Date.parse('2026-03-30T09:38:00Z') - NOW, Date.parse('2026-03-30T09:38:00Z') - NOW],
    ['429-bare', undefined, undefined],
  ] as const)('the wait under %s is the longest one that the headers name', async (fault, onCloud, onDataCenter) => {
    site.faults.add(fault);
    const { code, retryAfterMs } = await failureOf(site, 'open_total');
    expect(code).toBe('rate_limited');
    expect(retryAfterMs).toBe(site === cloud ? onCloud : onDataCenter);
  });

  test('the reason that Jira gives for a limit is handed on', async () => {
    site.faults.add('429-quota');
    expect((await failureOf(site, 'open_total')).message).toContain('jira-quota-tenant-based');
  });

  test('a warning that the limit is near is no failure', async () => {
    site.faults.add('near-limit');
    expect(await runQuery(site, 'open_total')).toHaveLength(1);
  });

  test('the wait of an unavailable site is handed on', async () => {
    site.faults.add('503');
    expect((await failureOf(site, 'open_total')).retryAfterMs).toBe(3000);
  });

  test('a CAPTCHA says what a person has to do', async () => {
    site.faults.add('captcha');
    expect((await failureOf(site, 'open_total')).message).toMatch(/CAPTCHA.*browser/);
  });

  test('a wrong token is auth_failed', async () => {
    const authorization = `Basic ${Buffer.from(`${site.email}:wrong`).toString('base64')}`;
    expect((await failureOf(site, 'open_total', {}, { authorization })).code).toBe('auth_failed');
  });

  test('a project or priority that does not exist is named as the likely cause', async () => {
    const failure = await failureOf(site, 'open_total', { projects: ['NOPE'] });
    expect(failure.code).toBe('vendor_error');
    expect(failure.message).toMatch(/400.*project or priority/);
    expect((await failureOf(site, 'unassigned_high', { priorities: ['P0'] })).message).toMatch(/priority/);
  });

  test('a project outside the config is refused before anything is asked', async () => {
    site.requests.length = 0;
    const failure = await failureOf(site, 'open_total', { projects: ['NET'] }, { config: { projects: ['SOC'] } });
    expect(failure).toMatchObject({ code: 'params_invalid', message: expect.stringContaining('NET') });
    expect(site.requests).toEqual([]);
  });

  test('an unknown time zone is params_invalid', async () => {
    const failure = await failureOf(site, 'overdue', { timeZone: 'Mars/Olympus' });
    expect(failure.code).toBe('params_invalid');
  });

  describe('paging', () => {
    test('issues that come on two pages are counted once', async () => {
      const honest = await runQuery(site, 'created_vs_resolved', { days: 100 });
      const row = await runQuery(site, 'recent_updates', { hours: 720, limit: 1000 });
      site.faults.add('overlap');
      site.requests.length = 0;
      expect(await runQuery(site, 'created_vs_resolved', { days: 100 })).toEqual(honest);
      expect(site.requests.length).toBeGreaterThan(2);
      expect(await runQuery(site, 'recent_updates', { hours: 720, limit: 1000 })).toEqual(row);
    });

    test('a repeated page ends the walk at once', async () => {
      site.faults.add('repeat-token');
      site.requests.length = 0;
      const failure = await failureOf(site, 'created_vs_resolved', { days: 100 });
      expect(failure.code).toBe('vendor_bad_response');
      expect(site.requests.filter(({ path }) => path.includes('/search'))).toHaveLength(2);
    });

    test('a walk that never ends is cut at 1,000 pages', async () => {
      site.faults.add('endless');
      site.requests.length = 0;
      const failure = await failureOf(site, 'created_vs_resolved', { days: 100 });
      expect(failure).toMatchObject({ code: 'vendor_bad_response', message: expect.stringContaining('1000 pages') });
      expect(site.requests.filter(({ path }) => path.includes('/search'))).toHaveLength(1000);
    });

    test('a walk that breaks off is a failure, not a shorter answer', async () => {
      site.faults.add('lost-page');
      const failure = await failureOf(site, 'created_vs_resolved', { days: 100 });
      expect(failure.code).toBe('vendor_bad_response');
    });
  });
});
