// What people do with runs: look, and ask for the end of one.
import { sql } from 'kysely';
import { type Actor, type Audit, type ClientScope, ofInstances } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { Store } from '../store/index.ts';
import { runView, type RunView } from './job-views.ts';
import { readRun, type RunState } from './run-rows.ts';
import type { ScheduleKind } from './schedule-rows.ts';

export interface RunFilter {
  readonly instance?: string;
  readonly plugin?: string;
  readonly stream?: string;
  readonly kind?: ScheduleKind;
  readonly state?: RunState;
  readonly limit: number;
  /** Id of the last run of the page before. */
  readonly after?: string;
}

export interface SyncRuns {
  list(filter: RunFilter, clients: ClientScope): Promise<{ readonly runs: RunView[]; readonly next: string | null }>;
  get(id: string): Promise<RunView>;
  /** Asks for its end; it has ended when its state says so. */
  cancel(id: string, actor: Actor): Promise<RunView>;
}

export function createSyncRuns({ db, audit }: { readonly db: Store['db']; readonly audit: Audit }): SyncRuns {
  return {
    async list({ instance, plugin, stream, kind, state, limit, after }, clients) {
      let query = db
        .selectFrom('run')
        .selectAll()
        .where(ofInstances(clients, 'instance_id'))
        .orderBy('queued_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1);
      if (instance !== undefined) query = query.where('instance_id', '=', instance);
      if (plugin !== undefined) query = query.where('plugin', '=', plugin);
      if (stream !== undefined) query = query.where('stream', '=', stream);
      if (kind !== undefined) query = query.where('kind', '=', kind);
      if (state !== undefined) query = query.where('state', '=', state);
      if (after !== undefined) {
        query = query.where(
          sql<boolean>`(queued_at, id) < (select r.queued_at, r.id from run r where r.id = ${after})`,
        );
      }
      const rows = await query.execute();
      const page = rows.slice(0, limit);
      return { runs: page.map(runView), next: rows.length > limit ? (page.at(-1)?.id ?? null) : null };
    },

    async get(id) {
      const row = await readRun(db, id);
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
