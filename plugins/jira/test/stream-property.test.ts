// Whatever people do on the site and whenever it is read meanwhile: once they stop, the rows are the site's.
import { isVendorError, type Context } from '@jackfield/sdk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FaultName } from '../simulator/faults.ts';
import type { JiraSimulator } from '../simulator/server.ts';
import { MINUTE, PRODUCTS, startLivingSite, streamOf, type LivingSite } from './stream-site.ts';
import { createStreamTable, type StreamTable } from './stream-table.ts';
import { issueRows, tableRows, worklogRows } from './stream-truth.ts';

const FULL = process.env['JACKFIELD_TEST_SCALE'] === 'full';
/** New schedules are for long runs: whoever changes something else is not to fail by chance. */
const SEED = Number(process.env['SEED'] ?? (FULL ? Math.floor(Math.random() * 2 ** 31) : 7));
type Deployment = (typeof PRODUCTS)[number][1];
const LIVE = ['SOC', 'NET', 'VULN', 'ONB'];

const which = fc.nat(10_000);
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('update' as const), which, count: fc.integer({ min: 1, max: 70 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('move' as const), which, to: fc.constantFrom(...LIVE) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), which }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('create' as const), to: fc.constantFrom(...LIVE) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('logWork' as const), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('editWork' as const), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('removeWork' as const), which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('archive' as const), to: fc.constantFrom(...LIVE) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), millis: fc.integer({ min: 1, max: 8 * MINUTE }) }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('read' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('census' as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

interface Schedule {
  readonly faults: readonly FaultName[];
  readonly actions: readonly Action[];
  /** What happens between two calls of a read. */
  readonly meanwhile: readonly Action[];
}

const schedule: fc.Arbitrary<Schedule> = fc.record({
  faults: fc.subarray<FaultName>([
    'index-lag',
    'short-pages',
    'truncated-walk',
    'overlap',
    'unstable-order',
    'minute-precision',
  ]),
  actions: fc.array(action, { minLength: 5, maxLength: 30 }),
  meanwhile: fc.array(action, { maxLength: 20 }),
});

function pick<T>(items: readonly T[], which: number): T | undefined {
  return items[which % items.length];
}

/** Does it to the site; reads are not its business. */
function act({ site, wait }: LivingSite, what: Action): void {
  const { changes, issues, worklogs } = site;
  switch (what.kind) {
    case 'update':
      for (let index = 0; index < what.count; index++) {
        const issue = pick(issues, what.which + index);
        if (issue) changes.update(issue.id, { summary: `Edit of ${what.which}` });
      }
      break;
    case 'move':
      if (isLive(site, what.to)) moveAny(site, what.which, what.to);
      break;
    case 'remove':
      removeAny(site, what.which);
      break;
    case 'create':
      if (isLive(site, what.to)) changes.create(what.to, { summary: 'Created' });
      break;
    case 'logWork':
      changes.logWork(pick(issues, what.which)?.id ?? '', 60 * (1 + (what.which % 60)));
      break;
    case 'editWork':
      changes.editWorklog(pick([...worklogs.keys()], what.which) ?? 0, 60 * (2 + (what.which % 60)));
      break;
    case 'removeWork':
      changes.removeWorklog(pick([...worklogs.keys()], what.which) ?? 0);
      break;
    case 'archive':
      // Back again when it was archived; the last live one stays.
      if (!isLive(site, what.to)) changes.setProject(what.to, 'live');
      else if (LIVE.filter((key) => isLive(site, key)).length > 1) changes.setProject(what.to, 'archived');
      break;
    case 'wait':
      wait(what.millis);
      break;
    case 'read':
    case 'census':
      break;
  }
}

function isLive(site: JiraSimulator, key: string): boolean {
  return site.projects.some((project) => project.key === key && project.state === 'live');
}

function moveAny({ changes, issues }: JiraSimulator, which: number, to: string): void {
  const issue = pick(issues, which);
  if (issue && issue.project.state === 'live' && issue.project.key !== to) changes.move(issue.id, to);
}

/** Its worklogs first: Jira's feed does not tell of those that go with their issue. */
function removeAny({ changes, issues, worklogs }: JiraSimulator, which: number): void {
  const issue = pick(issues, which);
  if (!issue || issue.project.state !== 'live') return;
  for (const { id, issueId } of [...worklogs.values()]) if (issueId === issue.id) changes.removeWorklog(id);
  changes.remove(issue.id);
}

/** Takes a census; whether it found much less than the count, and so nothing was deleted. Throws what else went wrong. */
async function isDoubted(table: StreamTable, ctx: Context): Promise<boolean> {
  const before = tableRows(table);
  let doubted = false;
  try {
    await table.census(ctx);
  } catch (error) {
    if (!isVendorError(error) || !/gave \d+ of about \d+ issues/.test(error.message)) throw error;
    doubted = true;
  }
  expect(doubted ? tableRows(table) : before).toEqual(before);
  return doubted;
}

/** Returns how many censuses doubted the site. */
async function expectInStep(deployment: Deployment, { faults, actions, meanwhile }: Schedule): Promise<number> {
  await using living = await startLivingSite({ deployment, issues: 260, seed: 5, faults });
  const { site, ctx, wait } = living;
  const issues = createStreamTable(streamOf('issues'));
  const worklogs = createStreamTable(streamOf('worklogs'));
  const left = [...meanwhile];
  let doubts = 0;
  site.beforeCall = ({ path }) => {
    const next = /search|worklog/.test(path) && !path.includes('project') ? left.shift() : undefined;
    // A project that goes between the list and the search fails the read, as it should; that has a test of its own.
    if (next && next.kind !== 'archive') act(living, next);
  };
  for (const what of actions) {
    if (what.kind === 'read') {
      await issues.sync(ctx());
      await worklogs.sync(ctx());
    } else if (what.kind === 'census') {
      // Only a site that changes between walk and count may be doubted.
      const mayDoubt = left.length > 0;
      if (!mayDoubt) await issues.census(ctx());
      else if (await isDoubted(issues, ctx())) doubts++;
    } else act(living, what);
  }
  site.beforeCall = undefined;
  for (const { key, state } of site.projects)
    if (LIVE.includes(key) && state !== 'live') site.changes.setProject(key, 'live');
  wait(3 * MINUTE);
  await issues.sync(ctx());
  await worklogs.sync(ctx());
  site.faults.delete('truncated-walk');
  await issues.census(ctx());
  expect(tableRows(issues)).toEqual(issueRows(site));
  expect(tableRows(worklogs)).toEqual(worklogRows(site));
  return doubts;
}

describe.each(PRODUCTS)('on %s', (_name, deployment) => {
  test(`any schedule of changes and reads ends with the rows of the site (seed ${SEED})`, async () => {
    const run = fc.asyncProperty(schedule, async (each) => void (await expectInStep(deployment, each)));
    await fc.assert(run, { seed: SEED, numRuns: FULL ? 300 : 10, endOnFailure: true });
  }, 600_000);

  // Found by seed 902727238. Of NET 31 issues are in the index before it is walked over, 17 meanwhile, and 58 when they are counted again.
  test('a schedule goes on after a census that doubted the site because the index caught up between walk and count', async () => {
    const doubts = await expectInStep(deployment, {
      faults: ['index-lag', 'overlap'],
      actions: [
        { kind: 'update', which: 8749, count: 66 },
        { kind: 'move', which: 6321, to: 'NET' },
        { kind: 'update', which: 8975, count: 48 },
        { kind: 'census' },
        { kind: 'wait', millis: 386_106 },
        { kind: 'update', which: 619, count: 13 },
        { kind: 'read' },
        { kind: 'create', to: 'ONB' },
        { kind: 'removeWork', which: 5809 },
        { kind: 'read' },
        { kind: 'read' },
        { kind: 'removeWork', which: 8035 },
        { kind: 'remove', which: 1091 },
        { kind: 'archive', to: 'ONB' },
        { kind: 'wait', millis: 392_824 },
        { kind: 'create', to: 'ONB' },
        { kind: 'logWork', which: 7308 },
        { kind: 'archive', to: 'NET' },
        { kind: 'create', to: 'ONB' },
      ],
      meanwhile: [
        { kind: 'logWork', which: 8908 },
        { kind: 'logWork', which: 4664 },
        { kind: 'removeWork', which: 8700 },
        { kind: 'update', which: 5050, count: 32 },
        { kind: 'update', which: 6555, count: 65 },
        { kind: 'wait', millis: 320_100 },
      ],
    });
    expect(doubts).toBe(1);
  });
});
