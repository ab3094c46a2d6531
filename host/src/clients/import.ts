// Contracts out of a CSV file: all of it or nothing, and the same file twice changes nothing.
import { sql } from 'kysely';
import { Problem } from '../errors.ts';
import type { Queryable } from '../store/index.ts';
import { insertClient, readClients, updateClient } from './client-rows.ts';
import type { ClientsParts } from './clients.ts';
import { insertContracts, readContracts, updateContract } from './contract-rows.ts';
import { type CsvFault, type CsvFile, readCsv } from './csv.ts';
import { type ImportPlan, planImport } from './import-plan.ts';
import { timeZoneFault } from './time-zone.ts';

export interface ImportReport {
  readonly dryRun: boolean;
  /** Lines of the file that name a contract. */
  readonly lines: number;
  readonly clients: { readonly created: number; readonly changed: number };
  readonly contracts: { readonly created: number; readonly changed: number; readonly unchanged: number };
  /** Of a dry run; otherwise they are the problem's `errors`. */
  readonly faults: readonly CsvFault[];
}

export type ImportContracts = (csv: Uint8Array, options: { readonly dryRun: boolean }) => Promise<ImportReport>;

/** One import at a time: two that bring the same new client would each find it missing. Any number that nobody else takes. */
const LOCK = 7_261_003;

export function createImport({ store, clock, audit }: ClientsParts): ImportContracts {
  const { db } = store;
  return async (csv, { dryRun }) => {
    const file = readCsv(csv);
    const timeZoneFaults = await zoneFaultsOf(db, file);
    return db.transaction().execute(async (trx) => {
      await sql`select pg_advisory_xact_lock(${LOCK})`.execute(trx);
      const known = { clients: await readClients(trx), contracts: await readContracts(trx), timeZoneFaults };
      const at = new Date(clock.now());
      const plan = planImport(file.lines, known, at);
      const faults = [...file.faults, ...plan.faults].toSorted((a, b) => a.line - b.line);
      if (!dryRun && faults.length > 0) throw refused(faults);
      const said = report(file, plan, faults, dryRun);
      if (!dryRun) {
        await carryOut(trx, plan, at);
        await audit.record(trx, {
          action: 'contracts.import',
          entity: { kind: 'contracts', id: '*' },
          after: changesOf(plan),
        });
      }
      return said;
    });
  };
}

async function zoneFaultsOf(db: Queryable, { lines }: CsvFile): Promise<Map<string, string | undefined>> {
  const faults = new Map<string, string | undefined>();
  for (const { cells } of lines) {
    const zone = cells.time_zone;
    if (zone !== undefined && !faults.has(zone)) faults.set(zone, await timeZoneFault(db, zone));
  }
  return faults;
}

async function carryOut(trx: Queryable, plan: ImportPlan, at: Date): Promise<void> {
  for (const row of plan.newClients) if (!(await insertClient(trx, row))) throw raced(`the client "${row.id}"`);
  for (const { row, timeZone } of plan.changedClients) await updateClient(trx, row, { time_zone: timeZone }, at);
  if (!(await insertContracts(trx, plan.newContracts))) throw raced('one of the contracts');
  for (const row of plan.changedContracts) await updateContract(trx, row);
}

/** What it did to which of them. */
function changesOf({ newClients, changedClients, newContracts, changedContracts }: ImportPlan): object {
  const ids = (rows: readonly { readonly id: string }[]): string[] => rows.map(({ id }) => id);
  return {
    clients: { created: ids(newClients), changed: ids(changedClients.map(({ row }) => row)) },
    contracts: { created: ids(newContracts), changed: ids(changedContracts) },
  };
}

function report(file: CsvFile, plan: ImportPlan, faults: readonly CsvFault[], dryRun: boolean): ImportReport {
  return {
    dryRun,
    lines: file.lines.length,
    clients: { created: plan.newClients.length, changed: plan.changedClients.length },
    contracts: {
      created: plan.newContracts.length,
      changed: plan.changedContracts.length,
      unchanged: plan.unchanged,
    },
    faults,
  };
}

function refused(faults: readonly CsvFault[]): Problem {
  const lines = new Set(faults.map(({ line }) => line));
  return new Problem('config_invalid', `${lines.size} of the file's lines are not valid; nothing was saved`, {
    errors: faults.map(({ line, column, message }) => ({
      pointer: column === undefined ? `/${line}` : `/${line}/${column}`,
      message,
    })),
    next: 'Correct the lines listed in errors (/<line>/<column>) and send the whole file again.',
  });
}

function raced(what: string): Problem {
  return new Problem('conflict', `somebody else has just created ${what}`, { next: 'Send the file again.' });
}
