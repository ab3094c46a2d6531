// Every call the plugin makes to Cloud, checked by Prism against Atlassian's OpenAPI document. JACKFIELD_FIXTURES names the folder that has it.
import type { AnyStream, Cursor } from '@jackfield/sdk';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import plugin from '../src/plugin.ts';
import { startPrism } from './prism.ts';
import { contextOf, queries, runTable, startSite } from './site.ts';

const { JACKFIELD_FIXTURES } = process.env;
const DOCUMENT = join(JACKFIELD_FIXTURES ?? '', 'jira/openapi-jira-cloud-2025-12.json');

const ENDING = {
  key: 'contract-7:2026-06-28:90',
  contract: { id: 'contract-7', name: 'Managed firewall', endsOn: '2026-06-28', reference: null },
  client: { id: 'acme', name: 'Acme' },
  daysBefore: 90,
  daysLeft: 90,
};

/** Read twice, so that a cursor is asked with; then counted, with some issues that are asked for one by one. */
async function walk(stream: AnyStream<Record<string, unknown>>, context: ReturnType<typeof contextOf>): Promise<void> {
  let cursor: Cursor = null;
  for (let round = 0; round < 2; round++) {
    for await (const step of stream.read(context, cursor)) if (step.step === 'checkpoint') ({ cursor } = step);
  }
  if (stream.census === undefined) return;
  await Array.fromAsync(stream.census.keys(context));
  await stream.census.gone(context, [{ id: 20_001 }, { id: 999_999 }]);
}

test.skipIf(JACKFIELD_FIXTURES === undefined)(
  'every call to Cloud is legal by its OpenAPI document, and one that is not would be noticed',
  { timeout: 180_000 },
  async () => {
    await using site = await startSite({ deployment: 'cloud', issues: 400 });
    await using prism = await startPrism(DOCUMENT, site);
    const config = { projects: ['SOC', 'NET'], reminderProject: 'ONB', reminderIssueType: 'Task' };
    const context = prism.watch(contextOf(site, { config }));
    await plugin.check?.(context);
    for (const id of Object.keys(queries)) await runTable(context, id, { projects: ['SOC', 'NET'] });
    for (const stream of Object.values(plugin.streams ?? {})) await walk(stream, context);
    for (const job of Object.values(plugin.jobs ?? {})) await job.run(context, ENDING);
    for (const kind of ['created', 'deleted'] as const) {
      const { body } = site.webhook(kind, site.changes.create('SOC'));
      const request = { method: 'POST', path: '/webhook', query: {}, headers: {}, body, json: () => JSON.parse(body) };
      await plugin.routes?.webhook?.handle(context, request);
    }
    expect(prism.calls.length).toBeGreaterThan(20);
    expect(prism.calls.filter((call) => call.startsWith('GET /rest/api/3/issue/'))).not.toEqual([]);
    expect(prism.calls).toContain('POST /rest/api/3/issue');
    expect(prism.violations).toEqual([]);

    const body = JSON.stringify({ jql: 'project = SOC', startAt: 0 });
    const headers = { 'content-type': 'application/json' };
    await context.fetch('/rest/api/3/search/jql', { method: 'POST', headers, body });
    await context.fetch('/rest/api/2/search?jql=x');
    expect(prism.violations).toEqual([
      { call: 'POST /rest/api/3/search/jql', message: expect.stringContaining('startAt') },
      { call: 'GET /rest/api/2/search?jql=x', message: 'Selected route not found' },
    ]);
  },
);
