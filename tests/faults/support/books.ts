// The instance "books" of the plugin "ledger", read every second, as its host and its database tell of it.
import { sql } from 'kysely';
import { expect } from 'vitest';
import type { TestDatabase } from '../../support/databases.ts';
import type { Api } from '../../support/host.ts';
import { until } from '../../support/until.ts';
import { withDatabase } from './invariants.ts';
import { type LedgerVendor, STREAMS } from './ledger-vendor.ts';

/** Must be in no log line and no run. */
export const TOKEN = 'canary-token-of-the-ledger';

export interface Job {
  readonly stream: string;
  readonly cursor: number | null;
  readonly lastRun: { readonly state: string; readonly startedAt: string | null } | null;
}

export const jobsOf = async (api: Api): Promise<readonly Job[]> =>
  (await api.call<{ jobs: Job[] }>('GET', '/api/instances/books/sync-jobs')).body.jobs;

/** Until each stream was read to its end since the vendor changed last. */
export function untilCaughtUp(api: Api, vendor: LedgerVendor, changedAt: number): Promise<true> {
  const newest = Math.max(...[...vendor.accounts.values()].map(({ version }) => version));
  const ends: Readonly<Record<string, number>> = { accounts: newest, entries: vendor.entries.length };
  return until(async () => {
    const jobs = await jobsOf(api);
    const done = jobs.every(({ stream, cursor, lastRun }) =>
      stream in ends
        ? cursor === ends[stream]
        : lastRun?.state === 'succeeded' && Date.parse(lastRun.startedAt ?? '') > changedAt,
    );
    return done ? true : undefined;
  }, 40_000);
}

export async function addInstance(api: Api, url: string): Promise<void> {
  const config = { baseUrl: url, token: TOKEN };
  const made = await api.call('POST', '/api/instances', { id: 'books', plugin: 'ledger', name: 'Books', config });
  expect(made.status).toBe(201);
  for (const stream of STREAMS) {
    const changed = await api.call('PATCH', `/api/instances/books/sync-jobs/${stream}`, { everyMs: 1000 });
    expect(changed.status).toBe(200);
  }
}

/** What the dead host had, another one may have now. */
export async function endLeases(place: TestDatabase): Promise<void> {
  await withDatabase(place, (db) =>
    sql`update sync_schedule set lease_until = now() - interval '1 ms' where run_id is not null`.execute(db),
  );
}
