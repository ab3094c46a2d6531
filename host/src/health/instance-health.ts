// What people do with health: look, and say how often an instance is checked.
import { sql } from 'kysely';
import type { Audit, ClientScope } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { HealthLimits } from '../health-limits.ts';
import type { HealthState, Queryable, Store } from '../store/index.ts';
import { readOpenRepairs, readRepair, readRepairs, type RepairFilter } from './repair-rows.ts';
import { healthView, type HealthView, repairView, type RepairView } from './views.ts';

export interface InstanceHealth {
  states(): Promise<ReadonlyMap<string, HealthState>>;
  /** `clients`: only of theirs, here and below. */
  get(instanceId: string, clients: ClientScope): Promise<HealthView>;
  /** Null: as often as the host does it by default. */
  setRhythm(instanceId: string, everyMs: number | null): Promise<HealthView>;
  repairs(
    filter: RepairFilter,
    clients: ClientScope,
  ): Promise<{ readonly repairs: RepairView[]; readonly next: string | null }>;
  repair(id: string, clients: ClientScope): Promise<RepairView>;
}

export function createInstanceHealth(parts: {
  readonly store: Pick<Store, 'db' | 'readAs'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly plugins: () => readonly string[];
  readonly limits: HealthLimits;
}): InstanceHealth {
  const { store, audit, plugins, limits } = parts;
  const { db } = store;
  const health: InstanceHealth = {
    async states() {
      const rows = await db.selectFrom('instance_health').select(['instance_id', 'state']).execute();
      return new Map(rows.map(({ instance_id: id, state }) => [id, state]));
    },

    async get(instanceId, clients) {
      const found = await store.readAs(clients, (seen) => readHealth(seen, instanceId, limits.history));
      if (found === undefined) throw unknownInstance(instanceId);
      const { row, history, repairs } = found;
      const { enabled, plugin } = row;
      return healthView(row, { enabled, checks: plugins().includes(plugin), everyMs: limits.every, history, repairs });
    },

    async setRhythm(instanceId, everyMs) {
      await db.transaction().execute(async (trx) => {
        const before = await trx
          .selectFrom('instance_health')
          .select('every_ms as everyMs')
          .where('instance_id', '=', instanceId)
          .forUpdate()
          .executeTakeFirst();
        await sql`
          update instance_health
          set every_ms = ${everyMs}::float8,
            next_check_at = least(next_check_at, now() + ${everyMs ?? limits.every}::float8 * interval '1 millisecond')
          where instance_id = ${instanceId}`.execute(trx);
        if (before === undefined) return;
        const entity = { kind: 'instance', id: instanceId };
        await audit.record(trx, { action: 'instance-health.change', entity, instanceId, before, after: { everyMs } });
      });
      return health.get(instanceId, 'all');
    },

    async repairs(filter, clients) {
      if (filter.after !== undefined && !isId(filter.after)) throw unknownRepair(filter.after);
      const rows = await store.readAs(clients, (seen) => readRepairs(seen, filter, clients));
      const page = rows.slice(0, filter.limit);
      return { repairs: page.map(repairView), next: rows.length > page.length ? String(page.at(-1)?.id) : null };
    },

    async repair(id, clients) {
      const row = isId(id) ? await store.readAs(clients, (seen) => readRepair(seen, id)) : undefined;
      if (row === undefined) throw unknownRepair(id);
      return repairView(row);
    },
  };
  return health;
}

async function readHealth(db: Queryable, instanceId: string, changes: number) {
  const row = await db
    .selectFrom('instance_health')
    .innerJoin('instance', 'instance.id', 'instance_health.instance_id')
    .selectAll('instance_health')
    .select(['instance.enabled', 'instance.plugin'])
    .where('instance_id', '=', instanceId)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const history = await db
    .selectFrom('health_change')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .orderBy('id', 'desc')
    .limit(changes)
    .execute();
  return { row, history, repairs: await readOpenRepairs(db, { instanceId }) };
}

/** As the database counts them: more digits would not fit its type. */
function isId(text: string): boolean {
  return /^\d{1,18}$/.test(text);
}

function unknownInstance(id: string): Problem {
  return new Problem('not_found', `there is no instance "${id}"`, { next: 'List the instances to see their ids.' });
}

function unknownRepair(id: string): Problem {
  return new Problem('not_found', `there is no repair "${id}"`, { next: 'GET /api/repairs lists the repairs.' });
}
