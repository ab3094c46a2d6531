// Embed tokens: pages of one other site show widgets with them for a short time. Such a token is good for reading these widgets and
// nothing else, shows what its clients have, and ends when whoever made it may do nothing any more.
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { AccessLimits } from '../access-limits.ts';
import { Problem } from '../errors.ts';
import type { Queryable, Store } from '../store/index.ts';
import type { Actor } from './actor.ts';
import type { Audit } from './audit.ts';
import { covers } from './client-scope.ts';
import { assertClients, clientsColumn, clientsOf, scopeOf } from './grants.ts';
import type { Principal } from './principal.ts';

export interface EmbedInput {
  readonly widgets: readonly string[];
  readonly origin: string;
  /** Null: all that whoever makes it may see. Left out: those whom the widgets' dashboards are about. */
  readonly clients?: readonly string[] | null | undefined;
  readonly expiresInMs: number;
}

/** Times are ISO 8601. */
export interface EmbedView {
  readonly id: string;
  readonly widgets: readonly string[];
  readonly origin: string;
  readonly clients: readonly string[] | null;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface Embeds {
  /** Who shows this; undefined when it is over, or never was. */
  verify(token: string): Promise<Principal | undefined>;
  /** @throws Problem `not_found` for a widget, `permission_denied` for a client, that whoever makes it may not see. */
  create(input: EmbedInput, by: Principal, actor: Actor): Promise<EmbedView & { readonly token: string }>;
  list(): Promise<EmbedView[]>;
  revoke(id: string, actor: Actor): Promise<void>;
  /** Forgets those that are over. */
  clear(): Promise<void>;
}

export interface EmbedsParts {
  readonly store: Pick<Store, 'db' | 'readAs'>;
  readonly audit: Audit;
  readonly limits: AccessLimits;
}

/** Told from the tokens of programs by how it begins. */
export const EMBED_PREFIX = 'jfe_';

export function createEmbeds({ store: { db, readAs }, audit }: EmbedsParts): Embeds {
  return {
    async verify(token) {
      const row = await find(db, hash(token));
      if (row === undefined) return undefined;
      const { id, origin, widgets } = row;
      const clients = scopeOf(clientsOf(row));
      return { kind: 'embed', id, name: origin, role: 'user', clients, origin, widgets: new Set(widgets) };
    },

    async create({ widgets, origin, clients: asked, expiresInMs }, by, actor) {
      const token = `${EMBED_PREFIX}${randomBytes(32).toString('base64url')}`;
      const id = randomUUID();
      const owners = await readAs(by.clients, (seen) => ownersOf(seen, widgets, by));
      const clients = asked === undefined ? ownClients(owners) : asked;
      assertOwn(clients, by);
      await db.transaction().execute(async (trx) => {
        const given = clients ?? (by.clients === 'all' ? null : [...by.clients]);
        await assertClients(trx, given);
        const expires = sql<Date>`now() + ${expiresInMs}::float8 * interval '1 millisecond'`;
        const row = { id, token_hash: hash(token), origin, all_clients: given === null, created_by: by.id };
        await trx
          .insertInto('embed_token')
          .values({ ...row, expires_at: expires })
          .execute();
        for (const widget of widgets)
          await trx.insertInto('embed_token_widget').values({ token_id: id, widget_id: widget }).execute();
        for (const client of given ?? [])
          await trx.insertInto('embed_token_client').values({ token_id: id, client_id: client }).execute();
        const after = { widgets, origin, clients: given, expiresInMs };
        await audit.record(trx, { actor, action: 'embed.create', entity: { kind: 'embed', id }, after });
      });
      const [view] = await read(db, id);
      if (view === undefined) throw unknown(id);
      return { ...view, token };
    },

    list: () => read(db),

    async revoke(id, actor) {
      await db.transaction().execute(async (trx) => {
        const gone = await trx.deleteFrom('embed_token').where('id', '=', id).returning('id').executeTakeFirst();
        if (gone === undefined) throw unknown(id);
        await audit.record(trx, { actor, action: 'embed.revoke', entity: { kind: 'embed', id } });
      });
    },

    async clear() {
      await sql`delete from embed_token where expires_at < now()`.execute(db);
    },
  };
}

function find(db: Queryable, token: Buffer) {
  return db
    .selectFrom('embed_token')
    .select(['id', 'origin', 'all_clients', WIDGETS, clientsColumn('embed_token_client', 'token_id', 'embed_token.id')])
    .where('token_hash', '=', token)
    .where('expires_at', '>', sql<Date>`now()`)
    .where(MAKER_IS_GOOD)
    .executeTakeFirst();
}

/** Whoever was removed, disabled or revoked, or has expired, shows nothing through what they have made. */
const MAKER_IS_GOOD = sql<boolean>`(
  exists (select 1 from app_user u where u.id = embed_token.created_by and u.enabled)
  or exists (
    select 1 from api_token t
    where t.id = embed_token.created_by and t.revoked_at is null and (t.expires_at is null or t.expires_at > now())))`;

const WIDGETS = sql<string[]>`coalesce((
  select jsonb_agg(w.widget_id order by w.widget_id) from embed_token_widget w
  where w.token_id = embed_token.id), '[]'::jsonb)`.as('widgets');

async function read(db: Queryable, id?: string): Promise<EmbedView[]> {
  const query = db
    .selectFrom('embed_token')
    .select(['id', 'origin', 'all_clients', 'created_by', 'created_at', 'expires_at', WIDGETS])
    .select(clientsColumn('embed_token_client', 'token_id', 'embed_token.id'))
    .where('expires_at', '>', sql<Date>`now()`)
    .orderBy('created_at', 'desc');
  const rows = await (id === undefined ? query : query.where('id', '=', id)).execute();
  return rows.map((row) => ({
    id: row.id,
    widgets: row.widgets,
    origin: row.origin,
    clients: clientsOf(row),
    createdBy: row.created_by,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  }));
}

/** The clients that the widgets' dashboards are about. @throws Problem `not_found` for a widget that they may not see. */
async function ownersOf(db: Queryable, widgets: readonly string[], by: Principal): Promise<(string | null)[]> {
  const rows = await db
    .selectFrom('widget')
    .leftJoin('dashboard', 'dashboard.id', 'widget.dashboard_id')
    .select(['widget.id', 'dashboard.client_id'])
    .where('widget.id', 'in', [...widgets])
    .execute();
  const owners = new Map(rows.map((row) => [row.id, row.client_id]));
  return widgets.map((id) => {
    const owner = owners.get(id);
    if (owner !== undefined && covers(by.clients, owner)) return owner;
    throw new Problem('not_found', `there is no widget "${id}"`, { next: 'GET /api/widgets lists what there is.' });
  });
}

function ownClients(owners: readonly (string | null)[]): readonly string[] {
  const clients = owners.filter((owner) => owner !== null);
  if (clients.length === owners.length) return [...new Set(clients)];
  throw new Problem('config_invalid', 'a dashboard of these widgets is about no client', {
    errors: [{ pointer: '/clients', message: 'is required: the clients whose things may be shown, or null for all' }],
  });
}

function assertOwn(clients: readonly string[] | null, { clients: own }: Principal): void {
  const errors = (clients ?? []).flatMap((id, index) =>
    covers(own, id) ? [] : [{ pointer: `/clients/${index}`, message: 'is no client' }],
  );
  if (errors.length > 0) throw new Problem('config_invalid', 'a client is none of yours', { errors });
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function unknown(id: string): Problem {
  return new Problem('not_found', `there is no embed token "${id}"`, { next: 'GET /api/embeds lists them.' });
}
