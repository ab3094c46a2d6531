// The whole way, with the plugin of this repository: a file of contracts, a site, one Jira issue for each reminder.
import { sql } from 'kysely';
import { join } from 'node:path';
import pino from 'pino';
import { expect, test } from 'vitest';
import { startHost } from '../../host/src/host.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import type { ReminderView, TickReport } from '../../host/src/reminders/index.ts';
import { openStore } from '../../host/src/store/index.ts';
import { createJiraSimulator } from '../../plugins/jira/simulator/server.ts';
import { server } from '../support/databases.ts';
import { ADMIN_TOKEN, createApi } from '../support/host.ts';
import { silentLog } from '../support/log.ts';
import { repository } from '../support/plugin-package.ts';

const HOUR = 3_600_000;

test('contracts out of a file become Jira issues, once each, though answers are lost and the index lags', async () => {
  let now = Date.parse('2026-03-01T12:00:00Z');
  await using place = await server.open();
  await using site = await createJiraSimulator({ issues: 20, faults: ['lost-answer', 'index-lag'], now: () => now });
  await using host = await startHost({
    ...place,
    manifestFile: join(repository, 'plugins.json'),
    adminToken: ADMIN_TOKEN,
    port: 0,
    clock: { now: () => now },
    databaseNow: () => sql<Date>`(${new Date(now).toISOString()}::timestamptz)`,
    log: pino({ level: 'silent' }),
  });
  const { call, send } = createApi(host.url, ADMIN_TOKEN);
  const config = { baseUrl: site.url, email: site.email, apiToken: site.token, reminderProject: 'ONB' };
  expect((await call('POST', '/api/instances', { id: 'ops', plugin: 'jira', name: 'Ops', config })).status).toBe(201);
  const csv = 'client,contract,ends_on,time_zone\nAcme,SOC,2026-03-31,Europe/Berlin\nÎle de Ré,"A, B",2026-03-08,\n';
  await send('POST', '/api/contracts/import', csv, { headers: { 'content-type': 'text/csv' } });

  const made = (): string[] =>
    site.issues.filter(({ summary }) => summary.startsWith('Contract')).map(({ summary }) => summary);
  const tick = async (): Promise<TickReport> => (await call<TickReport>('POST', '/api/reminders/run')).body;
  expect(await tick()).toMatchObject({ done: 0, failed: 2 });
  now += HOUR;
  expect(await tick()).toMatchObject({ done: 2, failed: 0 });
  expect(made().toSorted()).toEqual([
    'Contract "A, B" of Île de Ré ends on 2026-03-08 (7 days left)',
    'Contract "SOC" of Acme ends on 2026-03-31 (30 days left)',
  ]);
  const { body } = await call<{ reminders: ReminderView[] }>('GET', '/api/reminders?state=done');
  const keys = site.issues.filter(({ summary }) => summary.startsWith('Contract')).map(({ key }) => key);
  expect(keys).toHaveLength(2);
  expect(new Set(body.reminders.map(({ reference }) => reference))).toEqual(new Set(keys));
  expect(body.reminders.every(({ attempts }) => attempts === 2)).toBe(true);

  expect(await tick()).toMatchObject({ recorded: 0, done: 0, failed: 0 });
  // Whatever becomes of the ledger, as by a restore: what Jira has is found there.
  await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
  await sql`delete from reminder`.execute(store.db);
  now += HOUR;
  expect(await tick()).toMatchObject({ done: 2, failed: 0 });
  expect(made()).toHaveLength(2);
});
