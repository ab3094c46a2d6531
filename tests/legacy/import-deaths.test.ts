// An import that loses its database connection in the middle of a write, wherever that is: what is gone on with ends as one that nobody has
// interrupted.
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore } from '../../host/src/store/index.ts';
import { server, type TestDatabase } from '../support/databases.ts';
import { fortigate, jira } from '../support/first-party.ts';
import { startTestHost, type TestHost } from '../support/host.ts';
import { silentLog } from '../support/log.ts';
import { createRandom, FULL, SEED } from '../support/random.ts';
import { countsOf, importOld } from './importing.ts';
import { putOldWorld } from './old-world.ts';

/** Some rows in each transaction, so that there are many. */
const limits = { legacy: { ...defaultLimits.legacy, batch: 5 }, pluginLoad: 120_000, hookTap: 120_000 };

/** Ends the connection of an import with the write of this number. The key is that of the lock which an import holds. */
const DEATH = `
  create sequence import_write;
  create table import_death (at bigint);
  insert into import_death values (0);
  create function die() returns trigger language plpgsql as $$
  begin
    if exists (select 1 from pg_locks where locktype = 'advisory' and objid = 7261007 and pid = pg_backend_pid()) then
      if nextval('import_write') = (select at from import_death) then perform pg_terminate_backend(pg_backend_pid()); end if;
    end if;
    return coalesce(new, old);
  end $$;
  do $$ declare place record; begin
    for place in select table_name from information_schema.tables
      where table_schema = 'public' and table_type = 'BASE TABLE' and table_name <> 'import_death' loop
      execute format('create trigger die before insert or update or delete on public.%I for each row execute function die()', place.table_name);
    end loop;
  end $$`;

/** What an import makes, without what is another one each time: when it was, keys, what is sealed with them. */
const ROWS = [
  `select id, plugin, name, client_id, enabled, config from instance`,
  `select instance_id, field from instance_secret`,
  `select id, dashboard_id, plugin, template, query, title, kind, params, instances from widget`,
  `select id, title from dashboard`,
  `select client_id, name, value from client_parameter`,
  `select plugin, name, value from client_parameter_template`,
  `select id, name from client`,
  `select legacy_table, legacy_id, kind, target_id, plugin from legacy_link`,
  `select legacy_table, legacy_id, targets from legacy_import`,
  `select legacy_table, legacy_id, reason, detail, row, secrets is null as open from legacy_quarantine`,
];

const TIME = /\d{4}-\d\d-\d\dT[\d:.+]+/g;

interface World extends AsyncDisposable {
  readonly running: TestHost;
  query<T>(statement: string): Promise<T[]>;
}

async function openWorld(): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const place: TestDatabase = stack.use(await server.open());
  await putOldWorld(place);
  const running = stack.use(await startTestHost(place, { plugins: [jira, fortigate], limits }));
  const store = stack.use(await openStore({ ...place, limits: defaultLimits.store, log: silentLog }));
  for (const statement of DEATH.split(/;\n {2}(?=create|insert|do)/)) await sql.raw(statement).execute(store.db);
  const all = stack.move();
  return {
    running,
    query: async <T>(statement: string) => (await sql.raw<T>(statement).execute(store.db)).rows,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function writesOf({ query }: World): Promise<number> {
  return Number((await query<{ last_value: string }>('select last_value::text from import_write'))[0]?.last_value);
}

async function rowsOf({ query }: World): Promise<Record<string, readonly string[]>> {
  const all: Record<string, readonly string[]> = {};
  for (const statement of ROWS) {
    all[statement] = (await query(statement)).map((row) => JSON.stringify(row).replaceAll(TIME, 'once')).toSorted();
  }
  return all;
}

test(
  `an import that dies in any of its writes ends, when it is gone on with, with the rows of one that does not (seed ${SEED})`,
  { timeout: FULL ? 7_200_000 : 120_000 },
  async () => {
    await using whole = await openWorld();
    await importOld(whole.running, {});
    const [wanted, writes] = [await rowsOf(whole), await writesOf(whole)];
    expect(writes).toBeGreaterThan(100);
    const random = createRandom(SEED);
    // Each in a database of its own, or some one after the other in one.
    const runs = FULL
      ? Array.from({ length: writes }, (_, index) => [index + 1])
      : [[1, 1 + random(Math.floor(writes / 2)), 1 + random(Math.floor(writes / 8))]];
    for (const deaths of runs) {
      await using world = await openWorld();
      for (const after of deaths) {
        const at = (await world.query<{ is_called: boolean }>('select is_called from import_write'))[0]?.is_called
          ? (await writesOf(world)) + after
          : after;
        await world.query(`update import_death set at = ${at}`);
        const end = await importOld(world.running, {}).then(
          () => 'done',
          () => 'died',
        );
        expect(end, `with write ${at}`).toBe('died');
        expect(await writesOf(world), 'it has died there').toBe(at);
      }
      const { report } = await importOld(world.running, {});
      expect(countsOf(report).quarantined + countsOf(report).made + countsOf(report).unchanged).toBe(
        countsOf(report).read,
      );
      expect(await rowsOf(world), `after deaths at ${deaths.join(', ')} of ${writes}`).toEqual(wanted);
    }
  },
);
