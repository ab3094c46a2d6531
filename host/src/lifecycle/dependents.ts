// What depends on a plugin: said before it is switched off or removed.
import { sql } from 'kysely';
import type { Store } from '../store/index.ts';
import { registeredTables, tableOf } from '../sync/index.ts';
import type { Dependents } from './change-view.ts';

const MOST_ROWS = 100_000;

export async function readDependents({ db }: Pick<Store, 'db'>, plugin: string): Promise<Dependents> {
  const { rows } = await sql<Record<'instances' | 'enabled' | 'widgets' | 'schedules', string | number>>`
    select
      (select count(*) from instance where plugin = ${plugin}) as instances,
      (select count(*) from instance where plugin = ${plugin} and enabled) as enabled,
      (select count(*) from widget where plugin = ${plugin}) as widgets,
      (select count(*) from sync_schedule where plugin = ${plugin}) as schedules`.execute(db);
  const [found] = rows;
  let synced = 0;
  for (const table of await registeredTables(db, plugin)) {
    const counted = await sql<{ n: string | number }>`
      select count(*) as n from (select 1 from ${tableOf(table)} limit ${MOST_ROWS}) as counted`.execute(db);
    synced += Number(counted.rows[0]?.n ?? 0);
  }
  return {
    instances: Number(found?.instances ?? 0),
    enabledInstances: Number(found?.enabled ?? 0),
    widgets: Number(found?.widgets ?? 0),
    schedules: Number(found?.schedules ?? 0),
    rows: synced,
  };
}
