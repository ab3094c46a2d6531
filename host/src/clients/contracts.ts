// The contracts of the clients: when they end, so that somebody is reminded in time.
import { randomUUID } from 'node:crypto';
import type { AuditEvent, ClientScope } from '../access/index.ts';
import { type FieldError, Problem } from '../errors.ts';
import { holdClient, readClient } from './client-rows.ts';
import type { ClientsParts } from './clients.ts';
import type { IfRevision } from './parameter-writes.ts';
import {
  type ContractFilter,
  contractNotFound,
  type ContractRow,
  deleteContract,
  insertContracts,
  lockContract,
  readContract,
  readContracts,
  updateContract,
} from './contract-rows.ts';
import { type CreateContractInput, parseCreateContract, parseUpdateContract } from './input.ts';

export interface ContractView {
  readonly id: string;
  readonly clientId: string;
  readonly name: string;
  /** YYYY-MM-DD */
  readonly startsOn: string | null;
  /** YYYY-MM-DD */
  readonly endsOn: string;
  readonly reference: string | null;
  readonly revision: number;
  /** ISO 8601 */
  readonly createdAt: string;
  /** ISO 8601 */
  readonly updatedAt: string;
}

export interface Contracts {
  /** By end, the next one first. */
  list(filter?: Pick<ContractFilter, 'endsBefore' | 'clients'>): Promise<ContractView[]>;
  /** `clients`: only theirs, here and below. */
  listOf(clientId: string, clients?: ClientScope): Promise<ContractView[]>;
  get(clientId: string, id: string, clients?: ClientScope): Promise<ContractView>;
  /** See `createContractSchema`. */
  create(clientId: string, input: unknown): Promise<ContractView>;
  /** See `updateContractSchema`. */
  update(clientId: string, id: string, patch: unknown, options?: IfRevision): Promise<ContractView>;
  /** Its reminders go with it. */
  remove(clientId: string, id: string): Promise<void>;
}

/** PostgreSQL: unique_violation. */
const TAKEN = '23505';

export function createContracts({ store, clock, audit }: ClientsParts): Contracts {
  const { db } = store;
  const now = (): Date => new Date(clock.now());

  return {
    async list(filter = {}) {
      const { clients = 'all' } = filter;
      return (await store.readAs(clients, (seen) => readContracts(seen, filter))).map(toView);
    },

    listOf: (clientId, clients = 'all') =>
      store.readAs(clients, async (seen) => {
        await readClient(seen, clientId);
        return (await readContracts(seen, { clientId })).map(toView);
      }),

    get: async (clientId, id, clients = 'all') =>
      toView(await store.readAs(clients, (seen) => readContract(seen, clientId, id))),

    async create(clientId, input) {
      const wanted = parseCreateContract(input);
      const row = newContract(clientId, wanted, now());
      assertOrder(row);
      return db.transaction().execute(async (trx) => {
        await holdClient(trx, clientId);
        if (!(await insertContracts(trx, [row]))) throw nameTaken(clientId, row.name);
        await audit.record(trx, { ...eventOf(row.id, 'create'), after: toView(row) });
        return toView(row);
      });
    },

    async update(clientId, id, patch, { ifRevision } = {}) {
      const wanted = parseUpdateContract(patch);
      const change = db.transaction().execute(async (trx) => {
        await lockContract(trx, id);
        const row = await readContract(trx, clientId, id);
        if (ifRevision !== undefined && ifRevision !== row.revision) throw outdated(row, ifRevision);
        const next = changed(row, wanted, now());
        assertOrder(next);
        await updateContract(trx, next);
        await audit.record(trx, { ...eventOf(id, 'change'), before: toView(row), after: toView(next) });
        return toView(next);
      });
      return change.catch((error: unknown) => {
        throw (error as { code?: string }).code === TAKEN ? nameTaken(clientId, wanted.name ?? '') : error;
      });
    },

    async remove(clientId, id) {
      await db.transaction().execute(async (trx) => {
        await lockContract(trx, id);
        const row = await readContract(trx, clientId, id);
        if (!(await deleteContract(trx, clientId, id))) throw contractNotFound(clientId, id);
        await audit.record(trx, { ...eventOf(id, 'delete'), before: toView(row) });
      });
    },
  };
}

export function newContract(clientId: string, input: CreateContractInput, at: Date): ContractRow {
  return {
    id: randomUUID(),
    client_id: clientId,
    name: input.name,
    starts_on: input.startsOn ?? null,
    ends_on: input.endsOn,
    ends_on_since: at,
    reference: input.reference ?? null,
    revision: 1,
    created_at: at,
    updated_at: at,
  };
}

/** The row's next revision; what `changes` leaves out stays. */
export function changed(row: ContractRow, changes: Partial<CreateContractInput>, at: Date): ContractRow {
  const ends_on = changes.endsOn ?? row.ends_on;
  return {
    ...row,
    name: changes.name ?? row.name,
    starts_on: changes.startsOn === undefined ? row.starts_on : changes.startsOn,
    ends_on,
    ends_on_since: ends_on === row.ends_on ? row.ends_on_since : at,
    reference: changes.reference === undefined ? row.reference : changes.reference,
    revision: row.revision + 1,
    updated_at: at,
  };
}

export function orderFault({ starts_on, ends_on }: Pick<ContractRow, 'starts_on' | 'ends_on'>): string | undefined {
  return starts_on !== null && starts_on > ends_on ? `is before the contract starts (${starts_on})` : undefined;
}

function assertOrder(row: ContractRow): void {
  const message = orderFault(row);
  if (message === undefined) return;
  const errors: FieldError[] = [{ pointer: '/endsOn', message }];
  throw new Problem('config_invalid', `the contract ends on ${row.ends_on}, which ${message}`, { errors });
}

function eventOf(id: string, act: string): AuditEvent {
  return { action: `contract.${act}`, entity: { kind: 'contract', id } };
}

function toView(row: ContractRow): ContractView {
  return {
    id: row.id,
    clientId: row.client_id,
    name: row.name,
    startsOn: row.starts_on,
    endsOn: row.ends_on,
    reference: row.reference,
    revision: row.revision,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}

function nameTaken(clientId: string, name: string): Problem {
  const errors = [{ pointer: '/name', message: 'is taken' }];
  return new Problem('conflict', `client "${clientId}" has a contract "${name}" already`, {
    errors,
    next: 'Choose another name, or change the contract that is there.',
  });
}

function outdated(row: ContractRow, expected: number): Problem {
  const detail = `contract "${row.id}" is at revision ${row.revision}, the change was made for revision ${expected}`;
  return new Problem('conflict', detail);
}
