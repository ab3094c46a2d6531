// What people do with runs: look, and ask for the end of one.
import { sql } from 'kysely';
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
  list(filter: RunFilter): Promise<{ readonly runs: RunView[]; readonly next: string | null }>;
  get(id: string): Promise<RunView>;
  /** Asks for its end; it has ended when its state says so. */
  cancel(id: string): Promise<RunView>;
}

export function createSyncRuns({ db }: Pick<Store, 'db'>): SyncRuns {
  return {
    async list({ instance, plugin, stream, kind, state, limit, after }) {
      let query = db
        .selectFrom('run')
        .selectAll()
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

    async cancel(id) {
      const row = await readRun(db, id);
      if (row === undefined) throw unknownRun(id);
      if (row.state === 'queued') {
        await sql`update run set state = 'cancelled', cancel = true, ended_at = now() where id = ${id} and state = 'queued'`.execute(
          db,
        );
      } else if (row.state === 'running') {
        await sql`update run set cancel = true where id = ${id}`.execute(db);
      } else {
        throw new Problem('conflict', `run "${id}" has ended: ${row.state}`, { next: 'There is nothing to cancel.' });
      }
      const after = await readRun(db, id);
      return runView(after ?? row);
    },
  };
}

function unknownRun(id: string): Problem {
  return new Problem('not_found', `there is no run "${id}"`, { next: 'GET /api/runs lists the runs.' });
}
