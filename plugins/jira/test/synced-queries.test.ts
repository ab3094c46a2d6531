// What the synced queries say of three sites of two clients, against the simulators' own data.
import { validatePluginManifest } from '@jackfield/schemas';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databases } from '../../../tests/support/databases.ts';
import { manifestOf, openSynced, type SyncedFixture } from '../../../tests/support/synced-fixture.ts';
import type { JiraSimulator } from '../simulator/server.ts';
import type { SimIssue } from '../simulator/world.ts';
import plugin from '../src/plugin.ts';
import { contextOf, SEED, startSite } from './site.ts';
import { liveIssues } from './stream-truth.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const manifest = manifestOf(plugin);

/** The client of each, whose name is its time zone; the last is nobody's. */
const CLIENTS = { soc: 'Asia/Tokyo', noc: 'Asia/Tokyo', desk: 'America/New_York', own: null } as const;
type Id = keyof typeof CLIENTS;
const IDS = Object.keys(CLIENTS) as Id[];

const sites = new Map<Id, JiraSimulator>();
const read = new Map<Id, Record<string, Record<string, unknown>[]>>();
beforeAll(async () => {
  for (const [index, id] of IDS.entries()) {
    // The database's clock counts back from now.
    const site = await startSite({ issues: 150, seed: SEED + index, now: Date.now });
    sites.set(id, site);
    const context = { ...contextOf(site), now: () => new Date() };
    const rows: Record<string, Record<string, unknown>[]> = { issues: [], worklogs: [] };
    for (const stream of ['issues', 'worklogs']) {
      for await (const step of plugin.streams?.[stream]?.read(context, null) ?? []) {
        if (step.step === 'upsert') rows[stream]?.push(...(step.rows as Record<string, unknown>[]));
      }
    }
    read.set(id, rows);
  }
});
afterAll(async () => {
  for (const site of sites.values()) await site.close();
});

const issuesOf = (id: Id): SimIssue[] => liveIssues(sites.get(id) as JiraSimulator);
const all = (): SimIssue[] => IDS.flatMap(issuesOf);
/** To make one takes longer than to use it ten times. */
const formatters = new Map(
  IDS.map((id) => [id, new Intl.DateTimeFormat('en-CA', { timeZone: CLIENTS[id] ?? 'UTC' })] as const),
);
const dayOf = (millis: number, id: Id): string => formatters.get(id)?.format(new Date(millis)) ?? '';
const hours = ({ created, resolved }: SimIssue): number => ((resolved ?? Number.NaN) - created) / HOUR;

test('the manifest is valid, and has at least three', () => {
  expect(validatePluginManifest(manifest)).toEqual([]);
  const synced = Object.values(manifest.queries).filter(({ source }) => source === 'synced');
  expect(synced.length).toBeGreaterThanOrEqual(3);
});

describe.each(databases)('on $name', (database) => {
  let fixture: SyncedFixture;
  beforeAll(async () => {
    fixture = await openSynced(database, manifest);
    for (const [id, rows] of read) await fixture.add(id, CLIENTS[id], rows);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  test('unresolved tickets of each client, by priority', async () => {
    const rows = await fixture.ask('open_by_client', IDS);
    const groups = Map.groupBy(
      IDS.flatMap((id) =>
        issuesOf(id)
          .filter(({ resolved }) => resolved === null)
          .map((issue) => ({ id, issue })),
      ),
      ({ id, issue }) => JSON.stringify([CLIENTS[id], issue.priority]),
    );
    expect(groups.size).toBeGreaterThan(8);
    const expected = [...groups].map(([key, members]) => {
      const [client, priority] = JSON.parse(key) as [string | null, string | null];
      return {
        client,
        priority,
        tickets: members.length,
        overdue: members.filter(({ id, issue: { due } }) => due !== null && due < dayOf(Date.now(), id)).length,
        unassigned: members.filter(({ issue }) => issue.assignee === null).length,
        oldest: expect.closeTo(Math.max(...members.map(({ issue }) => Date.now() - issue.created)) / DAY, 1) as number,
      };
    });
    expect(rows).toHaveLength(expected.length);
    expect(rows).toEqual(expect.arrayContaining(expected));
    const clients = rows.map(({ client }) => client);
    expect(clients.at(-1)).toBeNull();
    expect(await fixture.ask('open_by_client', [])).toEqual([]);
  });

  test('tickets that were created and resolved on each day of their client', async () => {
    const rows = await fixture.ask('flow_per_day', IDS, { days: 20 });
    const days = new Map<string, { created: number; resolved: number }>();
    const count = (at: number | null, id: Id, what: 'created' | 'resolved'): void => {
      const first = dayOf(Date.now() - 20 * DAY, id);
      if (at === null || dayOf(at, id) <= first) return;
      const day = days.get(dayOf(at, id)) ?? { created: 0, resolved: 0 };
      days.set(dayOf(at, id), { ...day, [what]: day[what] + 1 });
    };
    for (const id of IDS) {
      for (const { created, resolved } of issuesOf(id)) {
        count(created, id, 'created');
        count(resolved, id, 'resolved');
      }
    }
    const expected = [...days].map(([day, counts]) => ({ day, ...counts }));
    expect(expected.length).toBeGreaterThanOrEqual(19);
    expect(rows).toEqual(expected.toSorted((a, b) => (a.day < b.day ? -1 : 1)));
  });

  test('how long it takes to resolve tickets of each type', async () => {
    const rows = await fixture.ask('time_to_resolve', IDS, { days: 60 });
    const recent = all().filter(({ resolved }) => resolved !== null && resolved >= Date.now() - 60 * DAY);
    const groups = [...Map.groupBy(recent, ({ type }) => type)];
    expect(new Set(rows.map(({ type }) => type))).toEqual(new Set(groups.map(([type]) => type)));
    expect(rows).toHaveLength(groups.length);
    for (const [type, members] of groups) {
      const times = members.map(hours).toSorted((a, b) => a - b);
      const middle = (times.length - 1) / 2;
      const median = ((times[Math.floor(middle)] ?? 0) + (times[Math.ceil(middle)] ?? 0)) / 2;
      expect(rows.find((row) => row['type'] === type)).toEqual({
        type,
        tickets: members.length,
        mean: expect.closeTo(times.reduce((sum, time) => sum + time, 0) / times.length, 3),
        median: expect.closeTo(median, 3),
        longest: expect.closeTo(times.at(-1) ?? 0, 3),
      });
    }
  });

  test('how old unresolved tickets are, of each instance and of the projects that are asked for', async () => {
    const projects = [...new Set(all().map(({ project }) => project.key))].toSorted().slice(0, 2);
    const rows = await fixture.ask('ageing', IDS, { projects });
    const age = ({ created }: SimIssue): number => (Date.now() - created) / DAY;
    const expected = IDS.flatMap((instance) =>
      projects.flatMap((project) => {
        const open = issuesOf(instance).filter((issue) => issue.resolved === null && issue.project.key === project);
        const between = (from: number, to: number): number =>
          open.filter((issue) => age(issue) > from && age(issue) <= to).length;
        const untouched = open.filter(({ updated }) => updated < Date.now() - 14 * DAY).length;
        if (open.length === 0) return [];
        const ages = { week: between(-1, 7), month: between(7, 30), quarter: between(30, 90), older: between(90, 999) };
        return [
          { instance, project, ...ages, untouched: expect.closeTo((100 * untouched) / open.length, 6) as number },
        ];
      }),
    );
    expect(expected.length).toBeGreaterThan(3);
    expect(rows).toHaveLength(expected.length);
    expect(rows).toEqual(expect.arrayContaining(expected));
  });

  test('time that was logged in each week, of one instance and of each client', async () => {
    const logs = [...(sites.get('desk') as JiraSimulator).worklogs.values()].filter(
      ({ started }) => started >= Date.now() - 90 * DAY,
    );
    const monday = (millis: number): string => {
      const day = Temporal.PlainDate.from(dayOf(millis, 'desk'));
      return day.subtract({ days: day.dayOfWeek - 1 }).toString();
    };
    const weeks = [...Map.groupBy(logs, ({ started }) => monday(started))].map(([week, members]) => ({
      week,
      timeSpent: members.reduce((sum, { seconds }) => sum + seconds, 0),
      people: new Set(members.map(({ author }) => author.id)).size,
      tickets: new Set(members.map(({ issueId }) => issueId)).size,
    }));
    expect(weeks.length).toBeGreaterThan(2);
    const sorted = weeks.toSorted((a, b) => (a.week < b.week ? -1 : 1));
    expect(await fixture.ask('time_logged', 'desk', { days: 90 })).toEqual(sorted);
    const clients = await fixture.ask('time_logged', IDS, { days: 90 });
    expect(new Set(clients.map(({ client }) => client))).toEqual(new Set(['Asia/Tokyo', 'America/New_York', null]));
    const desk = clients.filter(({ client }) => client === 'America/New_York').map(({ client: _, ...row }) => row);
    expect(desk).toEqual(sorted);
  });
});
