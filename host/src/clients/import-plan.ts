// What an import would do, decided line by line against what is there. Nothing is written here.
import { type ClientRow } from './client-rows.ts';
import { newClient } from './clients.ts';
import { type ContractRow } from './contract-rows.ts';
import { changed, newContract, orderFault } from './contracts.ts';
import type { CsvFault, CsvLine } from './csv.ts';
import { type CreateContractInput, parseCreateClient, parseCreateContract } from './input.ts';
import { Problem } from '../errors.ts';
import { idFromName } from '../slug.ts';

export interface ImportPlan {
  readonly newClients: readonly ClientRow[];
  /** Their time zone changes. */
  readonly changedClients: readonly { readonly row: ClientRow; readonly timeZone: string }[];
  readonly newContracts: readonly ContractRow[];
  readonly changedContracts: readonly ContractRow[];
  readonly unchanged: number;
  readonly faults: readonly CsvFault[];
}

export interface Known {
  readonly clients: readonly ClientRow[];
  readonly contracts: readonly ContractRow[];
  /** What is wrong with a time zone, for each that the file names. */
  readonly timeZoneFaults: ReadonlyMap<string, string | undefined>;
}

/** Thrown and caught here only: the line goes no further. */
class LineError extends Error {
  readonly column: CsvFault['column'];

  constructor(column: CsvFault['column'], message: string) {
    super(message);
    this.column = column;
  }
}

export function planImport(lines: readonly CsvLine[], known: Known, at: Date): ImportPlan {
  const planner = new Planner(known, at);
  const faults: CsvFault[] = [];
  for (const line of lines) {
    try {
      planner.add(line);
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      const { column, message } = error;
      faults.push({ line: line.line, ...(column === undefined ? {} : { column }), message });
    }
  }
  return { ...planner.plan(), faults };
}

class Planner {
  readonly #at: Date;
  readonly #timeZoneFaults: Known['timeZoneFaults'];
  readonly #clients = new Map<string, ClientRow>();
  readonly #byName = new Map<string, ClientRow[]>();
  readonly #contracts: ReadonlyMap<string, ContractRow>;
  /** The line on which a client was given its time zone. */
  readonly #zones = new Map<string, { readonly line: number; readonly timeZone: string }>();
  /** The line on which a contract was met. */
  readonly #met = new Map<string, number>();
  readonly #newClients = new Set<string>();
  readonly #newContracts: ContractRow[] = [];
  readonly #changedContracts: ContractRow[] = [];
  #unchanged = 0;

  constructor(known: Known, at: Date) {
    this.#at = at;
    this.#timeZoneFaults = known.timeZoneFaults;
    for (const client of known.clients) this.#know(client);
    this.#contracts = new Map(known.contracts.map((contract) => [keyOf(contract.client_id, contract.name), contract]));
  }

  plan(): Omit<ImportPlan, 'faults'> {
    const changedClients = [...this.#zones].flatMap(([id, { timeZone }]) => {
      const row = this.#clients.get(id);
      const same = row === undefined || this.#newClients.has(id) || row.time_zone === timeZone;
      return same ? [] : [{ row, timeZone }];
    });
    const newClients = [...this.#newClients].flatMap((id) => {
      const row = this.#clients.get(id);
      return row === undefined ? [] : [{ ...row, time_zone: this.#zones.get(id)?.timeZone ?? row.time_zone }];
    });
    return {
      newClients,
      changedClients,
      newContracts: this.#newContracts,
      changedContracts: this.#changedContracts,
      unchanged: this.#unchanged,
    };
  }

  add({ line, cells }: CsvLine): void {
    const input = contractOf(cells);
    const client = this.#client(cells.client ?? '');
    this.#timeZone(client, line, cells.time_zone);
    const key = keyOf(client.id, input.name);
    const before = this.#met.get(key);
    if (before !== undefined) throw new LineError('contract', `is the contract of line ${before} again`);
    this.#met.set(key, line);
    const row = this.#contracts.get(key);
    const next = row === undefined ? newContract(client.id, input, this.#at) : changed(row, input, this.#at);
    const fault = orderFault(next);
    if (fault !== undefined) throw new LineError('ends_on', fault);
    if (row === undefined) this.#newContracts.push(next);
    else if (isSame(row, next)) this.#unchanged += 1;
    else this.#changedContracts.push(next);
    if (!this.#clients.has(client.id)) this.#know(client);
  }

  #know(client: ClientRow): void {
    this.#clients.set(client.id, client);
    this.#byName.set(fold(client.name), [...(this.#byName.get(fold(client.name)) ?? []), client]);
  }

  /** By id, else by name, else a new one. */
  #client(named: string): ClientRow {
    const known = this.#clients.get(named);
    if (known !== undefined) return known;
    const sameName = this.#byName.get(fold(named)) ?? [];
    if (sameName.length > 1) {
      const ids = sameName.map(({ id }) => `"${id}"`).join(', ');
      throw new LineError('client', `is the name of several clients, write the id of one: ${ids}`);
    }
    const [client] = sameName;
    if (client !== undefined) return client;
    const id = idFromName(named, 'client');
    const holder = this.#clients.get(id);
    if (holder !== undefined) {
      throw new LineError(
        'client',
        `would get the id "${id}", which belongs to "${holder.name}": write that id, or create the client first`,
      );
    }
    this.#newClients.add(id);
    return newClient(id, clientNameOf(named), 'UTC', this.#at);
  }

  #timeZone(client: ClientRow, line: number, timeZone: string | undefined): void {
    if (timeZone === undefined) return;
    const fault = this.#timeZoneFaults.get(timeZone);
    if (fault !== undefined) throw new LineError('time_zone', fault);
    const given = this.#zones.get(client.id);
    if (given !== undefined && given.timeZone !== timeZone) {
      throw new LineError('time_zone', `is another one than on line ${given.line}, for the same client`);
    }
    this.#zones.set(client.id, { line, timeZone });
  }
}

function clientNameOf(named: string): string {
  parsed('client', () => parseCreateClient({ name: named }));
  return named;
}

/** An empty cell keeps what is there. */
function contractOf(cells: CsvLine['cells']): CreateContractInput {
  for (const column of ['client', 'contract', 'ends_on'] as const) {
    if (cells[column] === undefined) throw new LineError(column, 'is required');
  }
  const { contract, starts_on, ends_on, reference } = cells;
  return parsed(undefined, () =>
    parseCreateContract({
      name: contract,
      endsOn: ends_on,
      ...(starts_on === undefined ? {} : { startsOn: starts_on }),
      ...(reference === undefined ? {} : { reference }),
    }),
  );
}

const COLUMN_OF: Readonly<Record<string, CsvFault['column']>> = {
  '/name': 'contract',
  '/endsOn': 'ends_on',
  '/startsOn': 'starts_on',
  '/reference': 'reference',
};

/** The rules of the REST API, told in the words of the file. */
function parsed<T>(column: CsvFault['column'], parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const fault = error instanceof Problem ? error.options.errors?.[0] : undefined;
    if (fault === undefined) throw error;
    const named = column ?? COLUMN_OF[fault.pointer];
    const isDay = named === 'ends_on' || named === 'starts_on';
    throw new LineError(named, isDay ? 'must be a day that exists, as YYYY-MM-DD' : fault.message);
  }
}

/** Names are unique within a client. */
function keyOf(clientId: string, name: string): string {
  return JSON.stringify([clientId, name]);
}

function fold(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}

function isSame(a: ContractRow, b: ContractRow): boolean {
  return a.starts_on === b.starts_on && a.ends_on === b.ends_on && a.reference === b.reference;
}
