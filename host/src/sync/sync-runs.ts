// What people do with runs: look, and ask for the end of one.
import { sql } from 'kysely';
import type { Actor, Audit, ClientScope } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { Store } from '../store/index.ts';
import { runView, type RunView } from './job-views.ts';
import { readRun, readRuns, type RunFilter, type RunState } from './run-rows.ts';

export interface SyncRuns {
  list(filter: RunFilter, clients: ClientScope): Promise<{ readonly runs: RunView[]; readonly next: string | null }>;
  get(id: string, clients: ClientScope): Promise<RunView>;
  /** Asks for its end; it has ended when its state says so. */
  cancel(id: string, actor: Actor): Promise<RunView>;
}

export interface SyncRunsParts {
  readonly store: Pick<Store, 'db' | 'readAs'>;
  readonly audit: Audit;
}

export function createSyncRuns({ store, audit }: SyncRunsParts): SyncRuns {
  const { db } = store;
  return {
    async list(filter, clients) {
      const rows = await store.readAs(clients, (seen) => readRuns(seen, filter, clients));
      const page = rows.slice(0, filter.limit);
      return { runs: page.map(runView), next: rows.length > page.length ? (page.at(-1)?.id ?? null) : null };
    },

    async get(id, clients) {
      const row = await store.readAs(clients, (seen) => readRun(seen, id));
      if (row === undefined) throw unknownRun(id);
      return runView(row);
    },

    async cancel(id, actor) {
      return db.transaction().execute(async (trx) => {
        const row = await readRun(trx, id);
        if (row === undefined) throw unknownRun(id);
        // One that has begun in between is asked to end all the same.
        const asked = await trx
          .updateTable('run')
          .set({
            cancel: true,
            state: sql<RunState>`case when state = 'queued' then 'cancelled' else state end`,
            ended_at: sql<Date | null>`case when state = 'queued' then now() else ended_at end`,
          })
          .where('id', '=', id)
          .where('state', 'in', ['queued', 'running'])
          .returning('id')
          .executeTakeFirst();
        const after = (await readRun(trx, id)) ?? row;
        if (asked === undefined) {
          throw new Problem('conflict', `run "${id}" has ended: ${after.state}`, {
            next: 'There is nothing to cancel.',
          });
        }
        // As it was when it was asked: one that waited has ended by that, one that ran goes on until it notices.
        const before = { state: after.state === 'cancelled' ? 'queued' : 'running' };
        const change = { before, after: { state: after.state } };
        const entity = { kind: 'run', id };
        await audit.record(trx, { actor, action: 'run.cancel', entity, instanceId: row.instance_id, ...change });
        return runView(after);
      });
    },
  };
}

function unknownRun(id: string): Problem {
  return new Problem('not_found', `there is no run "${id}"`, { next: 'GET /api/runs lists the runs.' });
}
