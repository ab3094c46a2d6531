// The right answers are computed from the simulator's own issues, without JQL, HTTP or any of the plugin's code.
import { describe, expect, test } from 'vitest';
import type { SimIssue } from '../simulator/world.ts';
import { contextOf, NOW, queries, runQuery, startSite, type Rows } from './site.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const HIGH = new Set<string | null>(['Highest', 'High']);

const cloud = await startSite({ deployment: 'cloud' });
const dataCenter = await startSite({ deployment: 'dc', contextPath: '/jira' });
const { issues } = cloud;
const open = issues.filter(({ status }) => status.category.key !== 'done');

function tally<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}

function sorted(rows: Rows, by: string): Rows {
  return rows.toSorted((a, b) => String(a[by]).localeCompare(String(b[by])));
}

/** To make one takes longer than to use it ten times. */
const formatters = new Map<string, Intl.DateTimeFormat>();

/** The calendar day in a zone, by the formatter instead of the plugin's arithmetic. */
function dayIn(timeZone: string, millis: number): string {
  const formatter = formatters.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone });
  formatters.set(timeZone, formatter);
  return formatter.format(millis);
}

test('both sites hold the same issues, in every state the queries tell apart', () => {
  expect(dataCenter.issues).toEqual(issues);
  expect(issues).toHaveLength(2000);
  expect(open.length).toBeGreaterThan(250);
  expect(issues.some(({ priority }) => priority === null)).toBe(true);
  expect(open.some(({ due }) => due === dayIn('UTC', NOW))).toBe(true);
});

describe.each([
  ['Cloud', cloud],
  ['Data Center', dataCenter],
])('on %s', (_name, site) => {
  test('open_by_status counts every open ticket once, by status and category', async () => {
    const rows = await runQuery(site, 'open_by_status');
    expect(Object.fromEntries(rows.map((row) => [[row.status, row.category].join('/'), row.count]))).toEqual(
      tally(open, ({ status }) => `${status.name}/${status.category.name}`),
    );
    expect(rows.map(({ count }) => Number(count))).toEqual(
      rows.map(({ count }) => Number(count)).toSorted((a, b) => b - a),
    );
  });

  test('open_by_priority counts tickets without a priority as None', async () => {
    const rows = await runQuery(site, 'open_by_priority');
    expect(Object.fromEntries(rows.map((row) => [row.priority, row.count]))).toEqual(
      tally(open, ({ priority }) => priority ?? 'None'),
    );
  });

  test('open_total is one number and says whether it is an estimate', async () => {
    expect(await runQuery(site, 'open_total')).toEqual([{ count: open.length, approximate: site === cloud }]);
  });

  test('projects restrict every query, whether they are params or config', async () => {
    const inSoc = open.filter(({ project }) => project.key === 'SOC').length;
    const config = { projects: ['SOC', 'ONB'] };
    expect(await runQuery(site, 'open_total', { projects: ['SOC'] })).toMatchObject([{ count: inSoc }]);
    expect(await runQuery(site, 'open_total', {}, { config: { projects: ['SOC'] } })).toMatchObject([{ count: inSoc }]);
    expect(await runQuery(site, 'open_total', { projects: ['SOC'] }, { config })).toMatchObject([{ count: inSoc }]);
    for (const id of Object.keys(queries)) {
      site.requests.length = 0;
      await runQuery(site, id, { projects: ['SOC'] });
      const jql = site.requests
        .map(({ body }) => JSON.stringify(body ?? null))
        .filter((text) => text.includes('"jql"'));
      expect(jql.length, id).toBeGreaterThan(0);
      for (const text of jql) expect(text, id).toContain('project in (\\"SOC\\")');
    }
  });

  test.each(['UTC', 'Europe/Berlin', 'Pacific/Auckland'])(
    'created_vs_resolved has a row for each day of %s, also across a change of clocks',
    async (timeZone) => {
      const rows = await runQuery(site, 'created_vs_resolved', { days: 30, timeZone });
      const today = dayIn(timeZone, NOW);
      const days = Array.from({ length: 30 }, (_, i) =>
        new Date(Date.parse(today) - (29 - i) * DAY).toISOString().slice(0, 10),
      );
      const created = tally(issues, (issue) => dayIn(timeZone, issue.created));
      const resolved = tally(
        issues.filter((issue) => issue.resolved !== null),
        (issue) => dayIn(timeZone, issue.resolved ?? 0),
      );
      expect(rows).toEqual(
        days.map((day) => ({
          day,
          created: created[day] ?? 0,
          resolved: resolved[day] ?? 0,
          net: (created[day] ?? 0) - (resolved[day] ?? 0),
        })),
      );
    },
  );

  test('overdue leaves out what is due today and lists the longest overdue first', async () => {
    const today = dayIn('UTC', NOW);
    const expected = open.filter(({ due }) => due !== null && due < today);
    const rows = await runQuery(site, 'overdue');
    expect(sorted(rows, 'key')).toEqual(sorted(expected.map(overdueRow), 'key'));
    const days = rows.map(({ daysOverdue }) => Number(daysOverdue));
    expect(days).toEqual(days.toSorted((a, b) => b - a));
    expect(await runQuery(site, 'overdue', { limit: 7 })).toEqual(rows.slice(0, 7));
  });

  test('unassigned_high lists the oldest first with their age', async () => {
    const expected = open
      .filter(({ assignee, priority }) => assignee === null && HIGH.has(priority))
      .toSorted((a, b) => a.created - b.created);
    expect(await runQuery(site, 'unassigned_high')).toEqual(
      expected.map((issue) => ({
        key: issue.key,
        summary: issue.summary,
        priority: issue.priority,
        created: new Date(issue.created).toISOString(),
        age: Math.round(((NOW - issue.created) / HOUR) * 100) / 100,
      })),
    );
    const lowest = await runQuery(site, 'unassigned_high', { priorities: ['Lowest'] });
    expect(lowest).toHaveLength(open.filter((each) => each.assignee === null && each.priority === 'Lowest').length);
  });

  test('workload counts open and high tickets per person, and those of nobody', async () => {
    const rows = await runQuery(site, 'workload');
    const who = (issue: SimIssue): string => issue.assignee?.displayName ?? 'Unassigned';
    const high = open.filter(({ priority }) => HIGH.has(priority));
    expect(Object.fromEntries(rows.map((row) => [row.assignee, row.open]))).toEqual(tally(open, who));
    expect(Object.fromEntries(rows.map((row) => [row.assignee, row.high]))).toEqual(tally(high, who));
    const ids = new Map(open.map((issue) => [who(issue), issue.assignee?.id ?? null]));
    for (const row of rows) expect(row.accountId).toBe(ids.get(String(row.assignee)));
  });

  test('resolution_time gives mean, median and 90th percentile per whole week and priority', async () => {
    const rows = await runQuery(site, 'resolution_time', { days: 60 });
    // 60 days before Monday 30 March is Thursday 29 January: its week began on the 26th.
    const first = Date.parse('2026-01-26T00:00:00Z');
    const groups: Partial<Record<string, SimIssue[]>> = Object.groupBy(
      issues.filter(({ resolved }) => resolved !== null && resolved >= first),
      ({ resolved, priority }) => {
        const monday = first + Math.floor(((resolved ?? 0) - first) / (7 * DAY)) * 7 * DAY;
        return `${new Date(monday).toISOString().slice(0, 10)}/${priority ?? 'None'}`;
      },
    );
    expect(rows.map(({ week, priority }) => [week, priority].join('/')).toSorted()).toEqual(
      Object.keys(groups).toSorted(),
    );
    for (const row of rows) {
      const times = (groups[[row.week, row.priority].join('/')] ?? [])
        .map(({ resolved, created }) => ((resolved ?? 0) - created) / HOUR)
        .toSorted((a, b) => a - b);
      const middle = (times.length - 1) / 2;
      const median = ((times[Math.floor(middle)] ?? 0) + (times[Math.ceil(middle)] ?? 0)) / 2;
      expect(row.count).toBe(times.length);
      expect(row.mean).toBeCloseTo(times.reduce((a, b) => a + b, 0) / times.length, 1);
      expect(row.median).toBeCloseTo(median, 1);
      const rank = (times.length - 1) * 0.9;
      const share = rank % 1;
      const p90 = (times[Math.floor(rank)] ?? 0) * (1 - share) + (times[Math.ceil(rank)] ?? 0) * share;
      expect(row.p90).toBeCloseTo(p90, 1);
    }
  });

  test('resolution_time of 10, 20, 30 and 100 hours is 40 in the mean, 25 in the median and 79 at 90 %', async () => {
    await using small = await startSite({ deployment: site === cloud ? 'cloud' : 'dc', issues: 4 });
    for (const [index, hours] of [10, 20, 30, 100].entries()) {
      const resolved = NOW - DAY - index;
      Object.assign(small.issues[index] ?? {}, { priority: 'Low', resolved, created: resolved - hours * HOUR });
    }
    expect(await runQuery(small, 'resolution_time')).toEqual([
      { week: '2026-03-23', priority: 'Low', count: 4, mean: 40, median: 25, p90: 79 },
    ]);
  });

  test('recent_updates lists the latest first, with a link to the site', async () => {
    const recent = issues
      .filter(({ updated }) => updated >= NOW - 72 * HOUR)
      .toSorted((a, b) => b.updated - a.updated)
      .map((issue) => ({
        key: issue.key,
        summary: issue.summary,
        status: issue.status.name,
        assignee: issue.assignee?.displayName ?? null,
        updated: new Date(issue.updated).toISOString(),
        link: `${site.url}/browse/${issue.key}`,
      }));
    expect(recent.length).toBeGreaterThan(120);
    expect(await runQuery(site, 'recent_updates', { hours: 72, limit: 1000 })).toEqual(recent);
    expect(await runQuery(site, 'recent_updates', { hours: 72, limit: 120 })).toEqual(recent.slice(0, 120));
  });

  test('recent_updates links to the site, not to the address that the API is called at', async () => {
    const config = { baseUrl: 'https://api.atlassian.com/ex/jira/1234' };
    const [row] = await runQuery(site, 'recent_updates', { limit: 1 }, { config });
    expect(row?.link).toBe(`${site.url}/browse/${String(row?.key)}`);
  });

  test('a reader that stops early stops the walk', async () => {
    await runQuery(site, 'open_total');
    site.requests.length = 0;
    const params = { hours: 720, limit: 1000 };
    for await (const batch of queries.recent_updates?.rows(contextOf(site), params as never) ?? []) {
      expect(Array.isArray(batch) && batch.length).toBeGreaterThan(10);
      break;
    }
    expect(site.requests).toHaveLength(1);
  });

  test('sla_at_risk lists breached clocks and those that run out within the hours, not paused ones', async () => {
    const hours = 6;
    // Ten to a hundred open requests, so that all of them are asked.
    const expected = open
      .filter(({ project }) => project.key === 'NET')
      .flatMap((issue) => issue.slas.map((sla) => ({ issue, sla })))
      .filter(({ sla }) => sla.breachTime !== undefined && sla.breachTime <= NOW + hours * HOUR)
      .map(({ issue, sla }) => ({
        key: issue.key,
        summary: issue.summary,
        sla: sla.name,
        breached: (sla.breachTime ?? 0) < NOW,
        remaining: (sla.breachTime ?? 0) - NOW,
        breachTime: new Date(sla.breachTime ?? 0).toISOString(),
        assignee: issue.assignee?.displayName ?? null,
      }))
      .toSorted((a, b) => a.remaining - b.remaining);
    const asked = open.filter(({ project }) => project.key === 'NET').length;
    expect(asked).toBeLessThanOrEqual(200);
    expect(expected.some(({ breached }) => breached) && expected.some(({ breached }) => !breached)).toBe(true);
    expect(await runQuery(site, 'sla_at_risk', { hours, projects: ['NET'] })).toEqual(expected);
  });

  test('sla_at_risk asks for no more requests than its limit, the most urgent', async () => {
    site.requests.length = 0;
    await runQuery(site, 'sla_at_risk', { limit: 12 });
    const asked = site.requests.flatMap(({ path }) => /request\/([^/]+)\/sla/.exec(path)?.[1] ?? []);
    const urgent = open
      .filter(({ project, priority }) => project.type === 'service_desk' && priority === 'Highest')
      .toSorted((a, b) => a.created - b.created)
      .slice(0, 12);
    expect(asked.toSorted()).toEqual(urgent.map(({ key }) => key).toSorted());
  });

  test.each([
    ['no-jsm', 'on a site without service management', 0],
    ['not-agent', 'for an account that is no agent', 403],
  ] as const)('with %s sla_at_risk is empty, not failed, %s', async (fault, _where, status) => {
    site.faults.add(fault);
    try {
      site.requests.length = 0;
      expect(await runQuery(site, 'sla_at_risk')).toEqual([]);
      const slas = site.requests.filter(({ path }) => path.endsWith('/sla?start=0&limit=50'));
      expect(slas.every((call) => call.status === status)).toBe(true);
      expect(slas.length > 0).toBe(status > 0);
    } finally {
      site.faults.clear();
    }
  });

  test('a request that is gone by the time its SLA is asked for is left out', async () => {
    await using busy = await startSite({ deployment: site === cloud ? 'cloud' : 'dc', issues: 60 });
    const before = await runQuery(busy, 'sla_at_risk', { hours: 168 });
    const context = contextOf(busy);
    const [gone] = before.map(({ key }) => key);
    const removing: typeof context = {
      ...context,
      fetch: (input, init) => {
        const index = busy.issues.findIndex(({ key }) => key === gone);
        if (typeof input === 'string' && input.endsWith('/sla?start=0&limit=50') && index >= 0)
          busy.issues.splice(index, 1);
        return context.fetch(input, init);
      },
    };
    const after = await Array.fromAsync(queries.sla_at_risk?.rows(removing, { hours: 168, limit: 200 } as never) ?? []);
    expect(after.flat()).toEqual(before.filter(({ key }) => key !== gone));
    expect(busy.requests.some(({ status }) => status === 404)).toBe(true);
  });
});

test.each(Object.keys(queries))('%s gives the same rows on Cloud and on Data Center', async (id) => {
  const comparable = (rows: Rows, url: string): unknown =>
    JSON.parse(JSON.stringify(rows).replaceAll(url, '').replaceAll('"approximate":true', '"approximate":false'));
  const [one, other] = await Promise.all([runQuery(cloud, id), runQuery(dataCenter, id)]);
  expect(one.length).toBeGreaterThan(0);
  expect(comparable(one, cloud.url)).toEqual(comparable(other, dataCenter.url));
});

function overdueRow(issue: SimIssue): Record<string, unknown> {
  return {
    key: issue.key,
    summary: issue.summary,
    priority: issue.priority ?? 'None',
    assignee: issue.assignee?.displayName ?? null,
    duedate: issue.due,
    daysOverdue: (Date.parse(dayIn('UTC', NOW)) - Date.parse(issue.due ?? '')) / DAY,
  };
}
