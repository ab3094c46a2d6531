// The reminder as the host runs it: the built bundle in a sealed thread, its calls through the gateway.
import type { PluginManifest } from '@jackfield/schemas';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startGateway } from '../../../tests/gateway/support/setup.ts';
import { FULL } from '../../../tests/support/random.ts';
import { readRun, runWork, testSandbox } from '../../../tests/support/sandbox.ts';
import { createJiraSimulator } from '../simulator/server.ts';

const dist = join(import.meta.dirname, '../dist');
const manifest = JSON.parse(readFileSync(join(dist, 'plugin.json'), 'utf8')) as PluginManifest;
const version = {
  manifest,
  package: '@jackfield/plugin-jira',
  bundleFile: join(dist, 'plugin.js'),
  hosts: [],
  memoryMb: undefined,
  isolation: 'plugin' as const,
};

/** Ten seconds each. */
const deployments = FULL ? (['cloud', 'dc'] as const) : (['cloud'] as const);

test.each(deployments)('a sealed thread creates a reminder once on %s', async (deployment) => {
  await using site = await createJiraSimulator({ deployment, issues: 20 });
  await using gateway = await startGateway();
  await using sandbox = testSandbox();
  const event = {
    key: 'contract-7:2026-06-28:30',
    contract: { id: 'contract-7', name: 'Managed firewall', endsOn: '2026-06-28', reference: null },
    client: { id: 'acme', name: 'Acme' },
    daysBefore: 30,
    daysLeft: 29,
  };
  const credentials = { type: 'basic', username: site.email, password: site.token } as const;
  const remind = async () =>
    readRun(
      runWork(
        sandbox,
        version,
        { kind: 'job', id: 'contract_reminders', event },
        {
          baseUrl: site.url,
          config: { baseUrl: site.url, reminderProject: 'ONB', reminderIssueType: 'Task' },
          deadline: 20_000,
          openGateway: () => gateway.open({ baseUrl: site.url, credentials }).run,
        },
      ),
    );
  const first = await remind();
  expect(first.problem).toBeUndefined();
  expect(first.job).toEqual({
    reference: expect.stringMatching(/^ONB-\d+$/),
    url: `${site.url}/browse/${first.job?.reference}`,
    created: true,
  });
  site.faults.add('503');
  expect((await remind()).problem?.code).toBe('vendor_unavailable');
  site.faults.clear();
  expect((await remind()).job).toEqual({ ...first.job, created: false });
  expect(site.issues.filter(({ summary }) => summary.includes('Managed firewall'))).toHaveLength(1);
});
