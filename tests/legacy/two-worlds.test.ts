// An import out of another database into one whose old tables have rows of their own, under the same ids.
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Difference, ImportReport } from '../../host/src/legacy/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore } from '../../host/src/store/index.ts';
import { oneOf, server, type TestDatabase } from '../support/databases.ts';
import { silentLog } from '../support/log.ts';
import { countsOf, importOld } from './importing.ts';
import { type Relay, type Row, startRelay, STEPS } from './support/relay.ts';

const OLD_READS = [
  '/api/external-systems',
  '/api/external-system-instances',
  '/api/external-widget-templates',
  '/api/external-mappings',
] as const;

/** Ids 1 and 2 in every table; in the other tables 1 is what has to be told apart. */
const worldAt = (url: string): string => `
  create table clients (id integer, name text);
  create table external_systems (id integer, system_name text, display_name text, base_url text, auth_config jsonb);
  create table external_system_instances (id integer, system_id integer, instance_name text, base_url text, auth_config jsonb);
  create table external_widget_templates (id integer, system_id integer, instance_id integer, name text, query text, widget_type text);
  create table external_mappings (id integer, client_id text, system_name text, external_identifier text);
  insert into clients values (1, 'Theirs');
  insert into external_systems values
    (1, 'relay', 'Their first', null, null),
    (2, 'relay', 'Their second', '${url}/second', '{"token":"their-second-token"}');
  insert into external_system_instances values
    (1, 1, 'Their instance', '${url}', '{"token":"their-token"}'),
    (2, 1, 'Another of theirs', '${url}', '{"username":"ann","password":"their-password"}');
  insert into external_widget_templates values
    (1, 1, 1, 'Their template', '/me?x=1', 'table'), (2, 2, null, 'Of their second', '/me?x=2', 'table');
  insert into external_mappings values (1, '1', 'relay', 'THEIRS')`;

const withoutTimes = (rows: object): string => JSON.stringify(rows).replaceAll(/"updated_?[aA]t":"[^"]*"/g, '');

const widgetsOf = (name: string): readonly string[] => [
  'create table custom_widgets (id integer, name text, plugin_name text, custom_query text)',
  `insert into custom_widgets values (1, '${name}', 'relay', '/me?x=3')`,
];

describe.each(oneOf)('two old worlds in one host, on $name', (database) => {
  let place: TestDatabase;
  let other: TestDatabase;
  let relay: Relay;
  let report: ImportReport;
  let own: Awaited<ReturnType<typeof rows>>;

  const rows = async (): Promise<Record<string, Row[]>> => {
    const all: Record<string, Row[]> = {};
    for (const path of OLD_READS) all[path] = await relay.done<Row[]>('GET', path);
    return all;
  };
  const inOther = (statement: string) => inDatabase(other, statement);
  const from = (more: object = {}) => importOld(relay.running, { from: other.databaseUrl, ...more });
  const named = async (name: string): Promise<Row> => {
    const row = (await rows())[OLD_READS[1]]?.find((one) => one['instance_name'] === name);
    if (row === undefined) throw new Error(`no row is called ${name}`);
    return row;
  };

  beforeAll(async () => {
    place = await database.open();
    other = await server.openEmpty();
    await inOwn(place, widgetsOf('Ours'));
    relay = await startRelay(place);
    await inOther(worldAt(relay.vendor.url));
    await relay.done('POST', '/api/clients', { id: 'ours', name: 'Ours' });
    const system = await relay.done('POST', '/api/external-systems', { system_name: 'relay', display_name: 'Ours' });
    const instance = await relay.done('POST', '/api/external-system-instances', {
      ...{ system_id: system.id, instance_name: 'Our instance', base_url: relay.vendor.url },
      auth_config: { token: 'our-token' },
    });
    await relay.done('POST', '/api/external-widget-templates', {
      ...{ system_id: system.id, instance_id: instance.id, name: 'Our template', query: '/me?x=9' },
    });
    await relay.done('POST', '/api/external-mappings', {
      ...{ client_id: 'ours', system_name: 'relay', external_identifier: 'OURS' },
    });
    own = await rows();
  });
  afterAll(async () => {
    await relay[Symbol.asyncDispose]();
    await place[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  test('rows that were here stay as they are, and what has their ids there gets others', async () => {
    const dry = await from({ dryRun: true });
    const taken = ['external_system_instances', 'external_systems', 'external_mappings', 'external_widget_templates'];
    expect(dry.report.renumbered).toEqual(taken.map((table) => ({ table, id: '1', here: null })));
    report = (await from()).report;
    expect(countsOf(report)).toMatchObject({ read: 8, made: 8, quarantined: 0 });
    const now = await rows();
    for (const path of OLD_READS) expect(now[path], path).toEqual(expect.arrayContaining(own[path] ?? []));
    for (const { table, here } of report.renumbered) expect(here, table).toBeGreaterThan(1);
    expect(await relay.askedAs(1)).toBe('Bearer our-token');
  });

  test('what referred to them there refers to them here', async () => {
    const system = report.renumbered.find(({ table }) => table === 'external_systems')?.here;
    const instance = await named('Their instance');
    expect(instance.id).toBe(report.renumbered.find(({ table }) => table === 'external_system_instances')?.here);
    expect(instance).toMatchObject({ system_id: system, system_display_name: 'Their first' });
    // Their second was nobody's here.
    expect(await named('Another of theirs')).toMatchObject({ id: 2, system_id: system });
    expect((await rows())[OLD_READS[2]]).toMatchObject([
      { name: 'Our template' },
      { name: 'Of their second', id: 2, system_id: 2 },
      { name: 'Their template', system_id: system, instance_id: instance.id },
    ]);
    await relay.done('GET', '/api/instances/their-instance');
  });

  test('a third database is refused, and nothing of it is written; one that has only moved is taken when that is said', async () => {
    const before = await rows();
    await using third = await server.openEmpty();
    await inDatabase(third, worldAt(relay.vendor.url).replaceAll('Their', 'Whose'));
    const ofThird = (more: object = {}) => importOld(relay.running, { from: third.databaseUrl, ...more });
    const refused = /"status":409.*another database than the one that was imported here.*--moved/;
    for (const more of [{}, { dryRun: true }]) await expect(ofThird(more)).rejects.toThrow(refused);
    expect(await rows()).toEqual(before);
    expect(countsOf((await ofThird({ moved: true })).report).updated).toBeGreaterThan(0);
    // It is that one from then on.
    await expect(from()).rejects.toThrow(refused);
    await from({ moved: true });
    expect(withoutTimes(await rows())).toEqual(withoutTimes(before));
  });

  test('where its user may not know which PostgreSQL it is, a database is known again by its address', async () => {
    const url = new URL(other.databaseUrl ?? '');
    const name = `reader_${url.pathname.slice(1)}`.slice(0, 63);
    await inOther(`
      create role ${name} login password 'of-a-reader';
      grant select on all tables in schema public to ${name};
      revoke execute on function pg_control_system() from public`);
    try {
      [url.username, url.password] = [name, 'of-a-reader'];
      const byReader = (to: URL) => importOld(relay.running, { from: to.href });
      expect(countsOf((await byReader(url)).report)).toMatchObject({ made: 0, updated: 0, unchanged: 8 });
      await using third = await server.openEmpty();
      await inDatabase(third, `revoke execute on function pg_control_system() from public`);
      url.pathname = new URL(third.databaseUrl ?? '').pathname;
      await expect(byReader(url)).rejects.toThrow(/another database/);
    } finally {
      await inOther(`drop owned by ${name}; drop role ${name}`);
    }
  });

  test('the same again changes nothing, and what changes there changes its own row', async () => {
    const before = await rows();
    expect(countsOf((await from()).report)).toMatchObject({ made: 0, updated: 0, quarantined: 0 });
    expect(await rows()).toEqual(before);
    await inOther(`update external_system_instances set instance_name = 'Their instance, renamed' where id = 1`);
    expect(countsOf((await from()).report)).toMatchObject({ made: 0, updated: 1 });
    expect(await named('Our instance')).toEqual(own[OLD_READS[1]]?.[0]);
    expect(await relay.done('GET', '/api/instances/their-instance')).toMatchObject({ name: 'Their instance, renamed' });
  });

  test('an import of what is here makes its own instances of the rows that were here, and both shapes say the same', async () => {
    const { made } = countsOf((await importOld(relay.running, {})).report);
    // A system, an instance, a mapping, a template and a custom widget.
    expect(made).toBe(5);
    expect(await relay.done('GET', '/api/instances/our-instance')).toMatchObject({ name: 'Our instance' });
    expect(await relay.done('GET', '/api/instances/their-instance')).toMatchObject({ name: 'Their instance, renamed' });
    const { plugins } = await relay.done<{ plugins: { differences: Difference[] }[] }>('GET', '/api/legacy/parity');
    expect(plugins.flatMap(({ differences }) => differences)).toEqual([]);
    const before = await rows();
    expect(countsOf((await from()).report)).toMatchObject({ made: 0, quarantined: 0 });
    expect(withoutTimes(await rows())).toEqual(withoutTimes(before));
  });

  test('rows of other tables that nothing would tell apart are refused as a whole', async () => {
    const before = await rows();
    for (const statement of widgetsOf('Theirs')) await inOther(statement);
    await expect(from()).rejects.toThrow(/conflict.*custom_widgets 1 was imported from the database of this host/);
    expect(await rows()).toEqual(before);
  });

  test('what has changed in a table that is read for the last time is imported before its plugin begins to move', async () => {
    await relay.running.host.stop();
    await inOwn(place, [`update custom_widgets set name = 'Ours, renamed'`]);
    await relay.restart();
    const dual = () => relay.call('PUT', '/api/legacy/modes/relay', STEPS.dual);
    const early = await dual();
    expect([early.status, early.body]).toMatchObject([
      409,
      {
        detail: expect.stringContaining('changed since they were imported: custom_widgets 1'),
        next: expect.stringContaining('jackfield legacy import'),
      },
    ]);
    await importOld(relay.running, {});
    expect((await dual()).status).toBe(200);
    expect((await rows())[OLD_READS[2]]?.map(({ name }) => name)).toContain('Ours, renamed');
  });
});

async function inOwn(place: TestDatabase, statements: readonly string[]): Promise<void> {
  await using store = await openStore({ ...place, limits: defaultLimits.store, log: silentLog });
  for (const statement of statements) await sql.raw(statement).execute(store.db);
}

async function inDatabase({ databaseUrl }: TestDatabase, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(statement);
  await client.end();
}
