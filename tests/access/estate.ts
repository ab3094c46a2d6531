// Two clients who are strangers to each other, and what belongs to none: one of everything that a route can name, in every database alike.
// Whatever is the other client's has `theirs` in its id, so that an answer tells by itself whether it has something of theirs.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Role } from '../../host/src/access/index.ts';
import { defaultLimits } from '../../host/src/limits.ts';
import { openStore, type Store } from '../../host/src/store/index.ts';
import type { TestDatabase } from '../support/databases.ts';
import { silentLog } from '../support/log.ts';

export const OWNERS = ['ours', 'theirs', 'nobodys'] as const;
export type OwnerName = (typeof OWNERS)[number];

/** Ids by what a route is about. */
export type Ids = Readonly<Record<string, string>>;

export interface Estate {
  readonly ids: Readonly<Record<OwnerName, Ids>>;
}

/** Call it before the host starts. Instances are those of the plugin `shop`. */
export async function fillEstate(database: TestDatabase): Promise<Estate> {
  await using store = await openStore({ ...database, limits: defaultLimits.store, log: silentLog });
  const ids: Partial<Record<OwnerName, Ids>> = {};
  for (const owner of OWNERS) ids[owner] = await fillFor(store, owner);
  return { ids: ids as Record<OwnerName, Ids> };
}

async function fillFor({ db }: Store, owner: OwnerName): Promise<Ids> {
  const client = owner === 'nobodys' ? null : owner;
  const at = new Date();
  const named = {
    instance: `shop-${owner}`,
    dashboard: `board-${owner}`,
    widget: `widget-${owner}`,
    run: `run-${owner}`,
  };
  if (client !== null) {
    await db
      .insertInto('client')
      .values({ id: client, name: client, time_zone: 'UTC', revision: 1, created_at: at, updated_at: at })
      .execute();
  }
  const stamps = { revision: 1, created_at: at, updated_at: at };
  const instance = { id: named.instance, plugin: 'shop', name: named.instance, client_id: client, enabled: true };
  await db
    .insertInto('instance')
    .values({ ...instance, config: '{}', config_version: 1, limits: null, ...stamps })
    .execute();
  const board = { id: named.dashboard, title: named.dashboard, description: null, client_id: client };
  await db
    .insertInto('dashboard')
    .values({ ...board, time_range_days: null, refresh_ms: null, ...stamps })
    .execute();
  // Each shows the instances of everybody, so that something of theirs could be seen through ours.
  const shown = JSON.stringify(OWNERS.map((name) => `shop-${name}`));
  await sql`
    insert into widget (id, dashboard_id, plugin, query, params, instances, runs_as, grid_x, grid_y, grid_w, grid_h,
      revision, created_at, updated_at)
    values (${named.widget}, ${named.dashboard}, 'shop', 'by_city', '{}', ${shown}::text::jsonb, 'user', 0, 0, 6, 4, 1, now(), now())`.execute(
    db,
  );
  await db
    .insertInto('run')
    .values({
      id: named.run,
      plugin: 'shop',
      instance_id: named.instance,
      stream: 'orders',
      kind: 'read',
      trigger: 'manual',
      state: 'succeeded',
    })
    .execute();
  const repair = await sql<{ id: string }>`
    insert into repair (subject, code, plugin, instance_id, detail, fix)
    values (${named.instance}, 'auth_failed', 'shop', ${named.instance}, ${owner}, '{}') returning id::text`.execute(
    db,
  );
  const rest = client === null ? {} : await fillContract(db, client);
  const old = await fillOldRows(db, owner, named.instance);
  return { ...named, ...old, repair: repair.rows[0]?.id ?? '', client: client ?? 'nobodys', ...rest };
}

/** Of the old world: they belong to whoever their instances and clients belong to. */
async function fillOldRows(db: Store['db'], owner: OwnerName, instanceId: string): Promise<Ids> {
  const insert = async (table: string, columns: Readonly<Record<string, unknown>>): Promise<number> => {
    const { rows } = await sql<{ id: number }>`
      insert into ${sql.table(table)} (${sql.join(Object.keys(columns).map((column) => sql.ref(column)))})
      values (${sql.join(Object.values(columns))}) returning id`.execute(db);
    return rows[0]?.id ?? 0;
  };
  const system = await insert('external_systems', { system_name: 'shop', display_name: `system-${owner}` });
  const instance = await insert('external_system_instances', { system_id: system, instance_name: `old-${owner}` });
  const template = await insert('external_widget_templates', {
    ...{ system_id: system, instance_id: instance, name: `template-${owner}`, query: 'by_city' },
  });
  const mapping = await insert('external_mappings', {
    ...{ client_id: owner, system_name: 'teletype', external_identifier: `mapping-${owner}` },
  });
  for (const [legacy_table, legacy_id] of [
    ['external_systems', system],
    ['external_system_instances', instance],
  ] as const) {
    await db
      .insertInto('legacy_link')
      .values({ legacy_table, legacy_id, kind: 'instance', target_id: instanceId, plugin: 'shop', origin: 'import' })
      .execute();
  }
  return {
    ...{ 'external-system': String(system), 'external-instance': String(instance) },
    ...{ 'external-template': String(template), 'external-mapping': String(mapping) },
  };
}

async function fillContract(db: Store['db'], client: string): Promise<Ids> {
  const contract = `contract-${client}`;
  await sql`
    insert into contract (id, client_id, name, ends_on, ends_on_since, revision, created_at, updated_at)
    values (${contract}, ${client}, ${contract}, '2031-01-01', now(), 1, now(), now())`.execute(db);
  const { rows } = await sql<{ id: string }>`
    insert into reminder (contract_id, ends_on, days_before, key, state, instance_id, attempts, created_at, updated_at)
    values (${contract}, '2031-01-01', 30, ${contract}, 'pending', 'shop-nobodys', 0, now(), now()) returning id::text`.execute(
    db,
  );
  return { contract, reminder: rows[0]?.id ?? '' };
}

export interface TokenOptions {
  readonly role: Role;
  /** Left out: all. */
  readonly clients?: readonly string[];
  readonly state?: 'good' | 'expired' | 'revoked';
}

/** Tokens as a host would have made them, ready for an `Authorization` header. */
export async function addTokensLike(
  database: TestDatabase,
  wanted: Readonly<Record<string, TokenOptions>>,
): Promise<Readonly<Record<string, string>>> {
  await using store = await openStore({ ...database, limits: defaultLimits.store, log: silentLog });
  const tokens: Record<string, string> = {};
  for (const [name, options] of Object.entries(wanted)) tokens[name] = await addToken(store, name, options);
  return tokens;
}

async function addToken({ db }: Store, name: string, { role, clients, state = 'good' }: TokenOptions): Promise<string> {
  const token = `jf_${randomBytes(32).toString('base64url')}`;
  const id = randomUUID();
  const past = new Date(Date.now() - 60_000);
  await db
    .insertInto('api_token')
    .values({
      id,
      name,
      role,
      token_hash: createHash('sha256').update(token).digest(),
      all_clients: clients === undefined,
      created_at: new Date(Date.now() - 120_000),
      expires_at: state === 'expired' ? past : null,
      revoked_at: state === 'revoked' ? past : null,
    })
    .execute();
  for (const client of clients ?? [])
    await db.insertInto('api_token_client').values({ token_id: id, client_id: client }).execute();
  return token;
}

export interface PersonOptions {
  readonly role: Role;
  /** Left out: all. */
  readonly clients?: readonly string[];
  readonly state?: 'good' | 'disabled' | 'over';
}

/** People who have signed in, and what their cookies hold. */
export async function addPeopleLike(
  database: TestDatabase,
  wanted: Readonly<Record<string, PersonOptions>>,
): Promise<Readonly<Record<string, string>>> {
  await using store = await openStore({ ...database, limits: defaultLimits.store, log: silentLog });
  const cookies: Record<string, string> = {};
  for (const [name, options] of Object.entries(wanted)) cookies[name] = await addPerson(store, name, options);
  return cookies;
}

async function addPerson({ db }: Store, name: string, { role, clients, state }: PersonOptions): Promise<string> {
  const id = randomUUID();
  const token = randomBytes(32).toString('base64url');
  await db
    .insertInto('app_user')
    .values({
      id,
      login: `${id}@example.com`,
      name,
      role,
      all_clients: clients === undefined,
      enabled: state !== 'disabled',
      password_hash: null,
      issuer: null,
      subject: null,
    })
    .execute();
  for (const client of clients ?? [])
    await db.insertInto('app_user_client').values({ user_id: id, client_id: client }).execute();
  const expires = new Date(Date.now() + (state === 'over' ? -60_000 : 3_600_000));
  await db
    .insertInto('session')
    .values({
      id: randomUUID(),
      token_hash: createHash('sha256').update(token).digest(),
      user_id: id,
      address: null,
      agent: null,
      expires_at: expires,
    })
    .execute();
  return token;
}
