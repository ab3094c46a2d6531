import type { ContractEnding, JobResult } from '@jackfield/sdk';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FaultName } from '../simulator/faults.ts';
import type { JiraSimulator } from '../simulator/server.ts';
import type { SimIssue } from '../simulator/world.ts';
import plugin from '../src/plugin.ts';
import { contextOf, NOW, SEED, startSite } from './site.ts';

const SCHEDULES = process.env['JACKFIELD_TEST_SCALE'] === 'full' ? 100 : 20;

const ENDING: ContractEnding = {
  key: 'contract-7:2026-06-28:90',
  contract: { id: 'contract-7', name: 'Managed firewall', endsOn: '2026-06-28', reference: 'MF-2024/17' },
  client: { id: 'acme', name: 'Acme & Sons' },
  daysBefore: 90,
  daysLeft: 90,
};

async function remind(
  site: JiraSimulator,
  event: Partial<ContractEnding> = {},
  config: Record<string, unknown> = {},
): Promise<JobResult> {
  const job = plugin.jobs?.contract_reminders;
  if (!job) throw new Error('there is no such job');
  const filled = { reminderProject: 'ONB', reminderIssueType: 'Task', ...config };
  return job.run(contextOf(site, { config: filled }), { ...ENDING, ...event });
}

async function failureOf(result: Promise<JobResult>): Promise<unknown> {
  return result.catch((error: unknown) => error);
}

/** Issues that carry the label of reminders. */
function reminders(site: JiraSimulator): SimIssue[] {
  return site.issues.filter(({ labels }) => labels.some((label) => /^jackfield-[0-9a-f]{32}$/.test(label)));
}

describe.each(['cloud', 'dc'] as const)('on %s', (deployment) => {
  test('an issue tells of the contract, its client, its end and the days that are left', async () => {
    await using site = await startSite({ deployment, issues: 40 });
    const result = await remind(site, {}, { reminderLabels: ['contracts', 'sales'] });
    const [issue] = reminders(site);
    expect(result).toEqual({ reference: issue?.key, url: `${site.url}/browse/${issue?.key}`, created: true });
    expect(issue).toMatchObject({
      project: { key: 'ONB' },
      type: 'Task',
      summary: 'Contract "Managed firewall" of Acme & Sons ends on 2026-06-28 (90 days left)',
      labels: [expect.stringMatching(/^jackfield-/), 'contracts', 'sales'],
      description: {
        paragraphs: [
          'Client: Acme & Sons',
          'Contract: Managed firewall',
          'Reference: MF-2024/17',
          'Ends on: 2026-06-28 (90 days left)',
          'Reminder: contract-7:2026-06-28:90',
        ],
      },
    });
  });

  test('one key is one issue, however often it is asked for; another key is another', async () => {
    await using site = await startSite({ deployment, issues: 40 });
    const first = await remind(site);
    expect(await remind(site)).toEqual({ ...first, created: false });
    const second = await remind(site, { key: 'contract-7:2026-06-28:60', daysLeft: 60 });
    expect(second).toMatchObject({ created: true });
    expect(reminders(site).map(({ key }) => key)).toEqual([first.reference, second.reference]);
  });

  test.each(['lost-answer', 'late-504', 'truncated'] as const)(
    'an issue whose creation ended with %s is found by the next call, while searches do not know it yet',
    async (fault) => {
      await using site = await startSite({ deployment, issues: 40, faults: ['index-lag'] });
      site.beforeCall = ({ method, path }) => {
        if (method === 'POST' && path.endsWith('/issue')) site.faults.add(fault);
      };
      expect(await failureOf(remind(site))).toBeInstanceOf(Error);
      site.beforeCall = undefined;
      site.faults.delete(fault);
      const [made] = reminders(site);
      expect(await remind(site)).toMatchObject({ reference: made?.key, created: false });
      expect(reminders(site)).toHaveLength(1);
    },
  );

  test.each([
    ['younger ones that searches do not know either', true, deployment === 'cloud' ? 150 : 25],
    ['younger ones that searches know already', false, deployment === 'cloud' ? 150 : 15],
  ])('it is found among %s', async (_which, lagging, others) => {
    await using site = await startSite({ deployment, issues: 40, faults: ['index-lag', 'lost-answer'] });
    expect(await failureOf(remind(site))).toBeInstanceOf(Error);
    site.faults.delete('lost-answer');
    if (!lagging) site.faults.delete('index-lag');
    for (let index = 0; index < others; index++) site.changes.create('ONB');
    expect(await remind(site)).toMatchObject({ created: false });
    expect(reminders(site)).toHaveLength(1);
  });

  test('it is found long after, with hundreds of younger issues', async () => {
    await using site = await startSite({ deployment, issues: 40 });
    const first = await remind(site);
    for (let index = 0; index < 500; index++) site.changes.create('ONB');
    expect(await remind(site)).toEqual({ ...first, created: false });
  });

  test('the first issue of an empty project is created, and found while searches do not know it', async () => {
    await using site = await startSite({ deployment, issues: 0, faults: ['index-lag', 'lost-answer'] });
    expect(await failureOf(remind(site))).toBeInstanceOf(Error);
    site.faults.delete('lost-answer');
    expect(await remind(site)).toMatchObject({ reference: 'ONB-1', created: false });
  });

  test.each([
    [{ reminderProject: 'NOPE' }, undefined, /NOPE/],
    [{ reminderIssueType: 'Epic' }, undefined, /issuetype: Specify a valid issue type/],
    [{}, 'no-labels-screen', /labels: Field 'labels' cannot be set/],
  ] as const)('what the project does not take is said in Jira words: %j', async (config, fault, message) => {
    await using site = await startSite({ deployment, issues: 40, faults: fault ? [fault] : [] });
    const failure = await failureOf(remind(site, {}, config));
    expect(failure).toMatchObject({ code: 'config_invalid', message: expect.stringMatching(message) });
    expect(reminders(site)).toEqual([]);
  });

  test('names are text, whatever they look like, and a summary is as long as Jira allows', async () => {
    await using site = await startSite({ deployment, issues: 0 });
    const name = `{code}*x*\n[~admin] ${'long '.repeat(80)}`;
    await remind(site, { contract: { ...ENDING.contract, name, reference: null }, daysLeft: 1 });
    const [issue] = reminders(site);
    expect(issue?.summary).toHaveLength(255);
    expect(issue?.summary).toMatch(/^Contract "\{code\}\*x\* \[~admin\] long.*… ends on 2026-06-28 \(1 day left\)$/);
    const line = issue?.description?.paragraphs[1] ?? '';
    const plain = 'Contract: {code}*x* [~admin] long';
    const escaped = String.raw`Contract: \{code\}\*x\* \[\~admin\] long`;
    expect(line.startsWith(deployment === 'cloud' ? plain : escaped)).toBe(true);
  });

  test('without a project nothing is asked', async () => {
    await using site = await startSite({ deployment, issues: 0 });
    await expect(remind(site, {}, { reminderProject: undefined })).rejects.toMatchObject({ code: 'config_invalid' });
    expect(site.requests).toEqual([]);
  });
});

test('an issue that could not be read this time is not taken for missing', async () => {
  await using site = await startSite({ issues: 40 });
  const context = contextOf(site, { config: { reminderProject: 'ONB', reminderIssueType: 'Task' } });
  const failing: typeof context = {
    ...context,
    fetch: async (input, init) =>
      typeof input === 'string' && input.endsWith('/bulkfetch')
        ? Response.json({ issues: [], issueErrors: [{ id: '1', errorMessage: 'try again' }] })
        : context.fetch(input, init),
  };
  const outcome = plugin.jobs?.contract_reminders?.run(failing, ENDING);
  await expect(outcome).rejects.toMatchObject({ code: 'vendor_bad_response' });
  expect(reminders(site)).toEqual([]);
});

/** What goes wrong with a call, and with the creation: after some of it the issue exists, after some it does not. */
const TROUBLE: readonly FaultName[] = ['500', '503', '429', '429-bare', 'html', 'empty-body', 'truncated'];
const CREATION_TROUBLE: readonly FaultName[] = ['lost-answer', 'late-504', 'truncated', '500', '429'];

test('no schedule of lost answers, lag, limits and failures makes a second issue', { timeout: 300_000 }, async () => {
  const seen = new Map<string, number>();
  const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1);
  const schedule = fc.record({
    deployment: fc.constantFrom('cloud' as const, 'dc' as const),
    lagging: fc.boolean(),
    creations: fc.array(fc.constantFrom(...CREATION_TROUBLE), { minLength: 1, maxLength: 5 }),
    calls: fc.array(
      fc.record({
        trouble: fc.option(fc.constantFrom(...TROUBLE), { nil: undefined, freq: 4 }),
        others: fc.nat(3),
        pause: fc.constantFrom(0, 1000, 20_000, 90_000),
      }),
      { minLength: 5, maxLength: 60 },
    ),
  });
  const run = fc.asyncProperty(schedule, async ({ deployment, lagging, creations, calls }) => {
    let now = NOW;
    const lag: readonly FaultName[] = lagging ? ['index-lag'] : [];
    await using site = await startSite({ deployment, issues: 20, now: () => now, faults: lag });
    const [toCreate, toCall] = [[...creations], [...calls]];
    site.beforeCall = ({ method, path }) => {
      site.faults.clear();
      for (const fault of lag) site.faults.add(fault);
      if (path.endsWith('/serverInfo')) return;
      const call = toCall.shift();
      for (let other = 0; other < (call?.others ?? 0); other++) site.changes.create('ONB');
      now += call?.pause ?? 0;
      const trouble = method === 'POST' && path.endsWith('/issue') ? toCreate.shift() : call?.trouble;
      if (trouble === undefined) return;
      site.faults.add(trouble);
      count(trouble);
    };
    const results: JobResult[] = [];
    for (let attempt = 0; results.length < 2; attempt++) {
      expect(attempt).toBeLessThan(100);
      const before = reminders(site).length;
      const result = await remind(site).catch(() => undefined);
      if (result !== undefined) results.push(result);
      else if (reminders(site).length > before) count('created, and nobody knows');
    }
    expect(reminders(site).map(({ key }) => key)).toEqual([results[0]?.reference]);
    expect(results[1]).toEqual({ ...results[0], created: false });
  });
  await fc.assert(run, { seed: SEED, numRuns: SCHEDULES });
  expect(seen.get('created, and nobody knows')).toBeGreaterThan(SCHEDULES / 4);
  for (const trouble of [...TROUBLE, ...CREATION_TROUBLE]) expect(seen.get(trouble), trouble).toBeGreaterThan(0);
});
