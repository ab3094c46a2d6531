import { afterAll, describe, expect, test } from 'vitest';
import { contextOf, failureOf, NOW, runQuery, runTable, startSite } from './site.ts';

const cloud = await startSite({ deployment: 'cloud', issues: 400 });
const dataCenter = await startSite({ deployment: 'dc', issues: 400 });
afterAll(() => Promise.all([cloud.close(), dataCenter.close()]));

describe.each([
  ['Cloud', cloud],
  ['Data Center', dataCenter],
])('on %s', (_name, site) => {
  test('columns and types come from the fields of the site, found by id or name', async () => {
    const fields = [
      'key',
      'Summary',
      'ASSIGNEE',
      'labels',
      'duedate',
      'Created',
      'customfield_10016',
      'id',
      'description',
    ];
    const { columns, rows } = await runTable(contextOf(site), 'jql', { jql: 'project = SOC', fields, limit: 20 });
    expect(columns).toEqual({
      key: { type: 'string', label: 'Key' },
      summary: { type: 'string', label: 'Summary' },
      assignee: { type: 'string', label: 'Assignee' },
      labels: { type: 'string', label: 'Labels' },
      duedate: { type: 'date', label: 'Due date' },
      created: { type: 'datetime', label: 'Created' },
      customfield_10016: { type: 'number', label: 'Story Points' },
      id: { type: 'string', label: 'Id' },
      description: { type: 'string', label: 'Description' },
    });
    const newest = site.issues
      .filter(({ project }) => project.key === 'SOC')
      .toReversed()
      .slice(0, 20);
    expect(rows).toMatchObject(
      newest.map(({ id, key, summary, assignee, due, created }) => ({
        ...{ id, key, summary, duedate: due, customfield_10016: null },
        ...{ assignee: assignee?.displayName ?? null, created: new Date(created).toISOString() },
      })),
    );
  });

  test('its own order is kept', async () => {
    const rows = await runQuery(site, 'jql', {
      jql: 'created >= -90d order by updated DESC, key',
      fields: ['updated'],
      limit: 50,
    });
    const times = site.issues.filter(({ created }) => created >= NOW - 90 * 86_400_000).map(({ updated }) => updated);
    const latest = times.toSorted((a, b) => b - a).slice(0, 50);
    expect(rows).toEqual(latest.map((time) => ({ updated: new Date(time).toISOString() })));
  });

  test('only issues in the projects of the connection are found, whatever the JQL asks for', async () => {
    const config = { projects: ['SOC', 'ONB'] };
    const jql = 'project = NET OR project is not EMPTY';
    const keys = async (params: object): Promise<string[]> =>
      (await runQuery(site, 'jql', { jql, fields: ['key'], limit: 5000, ...params }, { config })).map(({ key }) =>
        String(key),
      );
    const within = (...projects: string[]): string[] =>
      site.issues.filter(({ project }) => projects.includes(project.key)).map(({ key }) => key);
    expect((await keys({})).toSorted()).toEqual(within('SOC', 'ONB').toSorted());
    expect((await keys({ projects: ['ONB'] })).toSorted()).toEqual(within('ONB').toSorted());
    const refused = await failureOf(site, 'jql', { jql: 'key is not EMPTY) OR (project = NET' }, { config });
    expect(refused).toMatchObject({ code: 'params_invalid', message: expect.stringContaining('closes nothing') });
  });

  test.each([
    [{ jql: 'nope = 1' }, /^jql: .*Field 'nope' does not exist/],
    [{ jql: 'project = NOPE' }, /^jql: .*'NOPE' does not exist for the field 'project'/],
    [{ jql: 'project = SOC AND' }, /^jql: .*Expecting/],
    [
      { jql: 'project = SOC', fields: ['Impact'] },
      /several fields are called "Impact".*customfield_10030, customfield_10031/,
    ],
    [{ jql: 'project = SOC', fields: ['Risk'] }, /no field "Risk"/],
  ])('%j is params_invalid and says why', async (params, message) => {
    const failure = await failureOf(site, 'jql', params);
    expect(failure).toMatchObject({ code: 'params_invalid', message: expect.stringMatching(message) });
  });

  test('a limit ends the walk', async () => {
    site.requests.length = 0;
    expect(await runQuery(site, 'jql', { jql: 'created >= -120d', limit: 3 })).toHaveLength(3);
    expect(site.requests.filter(({ path }) => path.includes('/search'))).toHaveLength(1);
  });
});

test('what Jira says is taken over as one line of words, however it looks', async () => {
  await using site = await startSite({ issues: 5 });
  const context = contextOf(site);
  const complaining = (body: string): typeof context => ({
    ...context,
    fetch: async (input, init) =>
      typeof input === 'string' && input.includes('/search')
        ? new Response(body, { status: 400 })
        : context.fetch(input, init),
  });
  const message = async (body: string): Promise<string> =>
    runTable(complaining(body), 'jql').then(
      () => 'no failure',
      (error: unknown) => (error as Error).message,
    );
  expect(
    await message(JSON.stringify({ errorMessages: ['bad\n\u0007 \u202ething', 7], errors: { jql: 'worse' } })),
  ).toBe('jql: bad thing; jql: worse');
  expect(await message('<html>')).toBe('jql: it does not say why');
  expect((await message(JSON.stringify({ errorMessages: ['x'.repeat(9000)] }))).length).toBeLessThan(600);
});
