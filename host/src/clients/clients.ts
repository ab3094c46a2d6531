// The MSSP's customers and what queries may know of them.
import type { Audit, ClientScope } from '../access/index.ts';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import { idFromName, idsFor } from '../slug.ts';
import { forgetKeys } from '../secrets/index.ts';
import type { Store } from '../store/index.ts';
import {
  type ClientRow,
  insertClient,
  lockClient,
  readClient,
  readClients,
  readParameters,
  updateClient,
} from './client-rows.ts';
import { type ClientParameters, parseCreateClient, parseParameters, parseUpdateClient } from './input.ts';
import { NO_MIRROR, type ParametersMirror } from './mirror.ts';
import { readFilledParameters } from './parameter-templates.ts';
import {
  type ClientWrites,
  createParameterWrites,
  eventOf,
  type IfRevision,
  lockUnchanged,
  type ParametersView,
} from './parameter-writes.ts';
import { assertTimeZone } from './time-zone.ts';

export interface ClientView {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  /** Raised by every change of the client or its parameters. */
  readonly revision: number;
  /** ISO 8601 */
  readonly createdAt: string;
  /** ISO 8601 */
  readonly updatedAt: string;
}

export interface Clients {
  /** All, or those that somebody may see. */
  list(clients?: ClientScope): Promise<ClientView[]>;
  /** `clients`: only theirs, here and below. */
  get(id: string, clients?: ClientScope): Promise<ClientView>;
  /** See `createClientSchema`. */
  create(input: unknown): Promise<ClientView>;
  /** See `updateClientSchema`. */
  update(id: string, patch: unknown, options?: IfRevision): Promise<ClientView>;
  /** Its contracts go with it. @throws Problem `conflict` while instances belong to it. */
  remove(id: string): Promise<void>;
  parameters(id: string, clients?: ClientScope): Promise<ParametersView>;
  replaceParameters(id: string, parameters: unknown, options?: IfRevision): Promise<ParametersView>;
  patchParameters(id: string, patch: unknown, options?: IfRevision): Promise<ParametersView>;
  /** In the caller's transaction. */
  readonly writes: ClientWrites;
  /** What a run of this client's instances may know: its own, and of the templates those that it does not say. */
  parametersOf(clientId: string): Promise<ClientParameters>;
}

export interface ClientsParts {
  readonly store: Pick<Store, 'db' | 'readAs' | 'transact'>;
  readonly clock: Clock;
  readonly audit: Pick<Audit, 'record'>;
  /** Where every change of parameters is written too. */
  readonly mirror?: ParametersMirror;
}

export function createClients({ store, clock, audit, mirror = NO_MIRROR }: ClientsParts): Clients {
  const { db } = store;
  const now = (): Date => new Date(clock.now());

  const { writes, changeParameters } = createParameterWrites({ clock, audit, mirror });

  return {
    list: async (clients = 'all') => (await store.readAs(clients, (seen) => readClients(seen, clients))).map(toView),
    get: async (id, clients = 'all') => toView(await store.readAs(clients, (seen) => readClient(seen, id))),

    async create(input) {
      const { id: asked, name, timeZone = 'UTC' } = parseCreateClient(input);
      await assertTimeZone(db, timeZone);
      const made = idFromName(name, 'client');
      for (const id of idsFor(asked, made)) {
        const row = newClient(id, name, timeZone, now());
        const inserted = await db.transaction().execute(async (trx) => {
          if (!(await insertClient(trx, row))) return false;
          await audit.record(trx, { ...eventOf(row.id, 'create'), after: toView(row) });
          return true;
        });
        if (inserted) return toView(row);
      }
      const errors = [{ pointer: '/id', message: 'is taken' }];
      throw new Problem('conflict', `there is a client "${asked ?? made}" already`, {
        errors,
        next: 'Choose another id.',
      });
    },

    async update(id, patch, { ifRevision } = {}) {
      const { name, timeZone } = parseUpdateClient(patch);
      if (timeZone !== undefined) await assertTimeZone(db, timeZone);
      const changes = {
        ...(name === undefined ? {} : { name }),
        ...(timeZone === undefined ? {} : { time_zone: timeZone }),
      };
      return db.transaction().execute(async (trx) => {
        const row = await lockUnchanged(trx, id, ifRevision);
        const changed = toView(await updateClient(trx, row, changes, now()));
        await audit.record(trx, { ...eventOf(id, 'change'), before: toView(row), after: changed });
        return changed;
      });
    },

    async remove(id) {
      await store.transact(async (trx) => {
        await mirror.begin(trx);
        const row = await lockClient(trx, id);
        const owned = await trx.selectFrom('instance').select('id').where('client_id', '=', id).orderBy('id').execute();
        if (owned.length > 0) throw inUse(id, owned);
        await mirror.wrote(trx, { clientId: id, before: await readParameters(trx, id) });
        await trx.deleteFrom('client').where('id', '=', id).execute();
        // What copies of the database hold of its secrets opens no more, unless they hold the keys too.
        const keys = await forgetKeys(trx, id);
        await audit.record(trx, { ...eventOf(id, 'delete'), before: toView(row), after: { keysDestroyed: keys } });
      });
    },

    parameters: (id, clients = 'all') =>
      store.readAs(clients, async (seen) => {
        // One after the other, the revision first: a change in between makes the tag too old, never too new.
        const { revision } = await readClient(seen, id);
        return { parameters: await readParameters(seen, id), revision };
      }),

    async replaceParameters(id, parameters, options = {}) {
      const wanted = parseParameters(parameters);
      return store.transact((trx) => changeParameters(trx, id, options, () => wanted));
    },

    patchParameters: (id, patch, options) => store.transact((trx) => writes.patchParameters(trx, id, patch, options)),

    writes,
    parametersOf: (clientId) => readFilledParameters(db, clientId),
  };
}

export function newClient(id: string, name: string, timeZone: string, at: Date): ClientRow {
  return { id, name, time_zone: timeZone, revision: 1, created_at: at, updated_at: at };
}

function toView(row: ClientRow): ClientView {
  return {
    id: row.id,
    name: row.name,
    timeZone: row.time_zone,
    revision: row.revision,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

function inUse(id: string, instances: readonly { readonly id: string }[]): Problem {
  const names = instances.map((instance) => `"${instance.id}"`).join(', ');
  return new Problem('conflict', `client "${id}" has instances: ${names}`, {
    next: 'Delete these instances, or give them to another client, then delete the client.',
  });
}
