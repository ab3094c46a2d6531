// Carries out steps of a plan, some of them in one transaction: what a row becomes, its link, its place in the ledger and its quarantine
// are written together or not at all.
import { type Selectable, sql } from 'kysely';
import type { Actor, Audit } from '../../access/index.ts';
import {
  addTemplates,
  insertClient,
  lockClient,
  newClient,
  readParameters,
  updateClient,
  writeParameters,
} from '../../clients/index.ts';
import { Problem } from '../../errors.ts';
import { raiseImportRepair } from '../../health/index.ts';
import { putImported } from '../../instances/index.ts';
import type { InstanceEvent } from '../../kernel/index.ts';
import type { Vault } from '../../secrets/index.ts';
import type { LegacyImportTable, Queryable } from '../../store/index.ts';
import { copyRow, moveSequences, placeHere, type Source } from './copies.ts';
import type { Step } from './planning.ts';
import { writeQuarantine } from './quarantine.ts';
import { keepDatabase, type SourceDatabase } from './source-database.ts';
import { type OldPlace, writeLinks } from './write-links.ts';
import { writeDashboard, writeWidget } from './write-dashboards.ts';
import type { WriteInstance, Writes } from './writes.ts';

export interface ApplyParts {
  readonly vault: Vault;
  readonly audit: Pick<Audit, 'record'>;
  readonly at: Date;
  readonly actor: Actor;
  /** The other database that the rows come from: they are copied into the old tables here. */
  readonly source: (Source & { readonly database: SourceDatabase; readonly isMoved: boolean }) | undefined;
}

/** One import at a time, on any host. Any number that nobody else takes. */
const LOCK = 7_261_007;

/** Returns what the rest of the host has to be told when the transaction is committed. */
export async function applySteps(trx: Queryable, steps: readonly Step[], parts: ApplyParts): Promise<InstanceEvent[]> {
  await sql`select pg_advisory_xact_lock(${LOCK})`.execute(trx);
  if (parts.source !== undefined) await keepDatabase(trx, parts.source.database, parts.source.isMoved);
  const events: InstanceEvent[] = [];
  for (const step of steps) {
    await assertAsPlanned(trx, step);
    for (const write of step.writes) events.push(...(await carryOut(trx, write, parts)));
    await writeQuarantine(trx, step, parts.vault);
    const place = await placeHere(trx, step, parts.source);
    if (parts.source !== undefined && place !== undefined) await copyRow(trx, step, place, parts.source);
    if (place !== undefined) await writeLinks(trx, step, place);
    await writeLedger(trx, step, place, parts.source !== undefined);
  }
  if (parts.source !== undefined) await moveSequences(trx);
  await parts.audit.record(trx, {
    actor: parts.actor,
    action: 'legacy.import',
    entity: { kind: 'legacy', id: steps.at(0)?.found.table ?? '*' },
    after: { rows: steps.map(saidOf) },
  });
  return events;
}

function saidOf({ found, outcome, targets, quarantine }: Step): object {
  return { table: found.table, id: found.id, outcome, targets, reason: quarantine?.reason ?? null };
}

/** Somebody else who imports at the same time has been here since the plan was made. */
async function assertAsPlanned(trx: Queryable, { found, known }: Step): Promise<void> {
  const row = await ledgerRow(trx, found);
  const expected = known?.fingerprint === '' ? undefined : known?.fingerprint;
  if (row?.fingerprint === expected) return;
  throw new Problem('conflict', 'another import is under way', { next: 'Wait until it has ended, then import again.' });
}

async function ledgerRow(
  trx: Queryable,
  { table, keptAs }: Step['found'],
): Promise<Selectable<LegacyImportTable> | undefined> {
  return trx
    .selectFrom('legacy_import')
    .selectAll()
    .where('legacy_table', '=', table)
    .where('legacy_id', '=', keptAs)
    .executeTakeFirst();
}

/** `place`: the row here that it has become when it was copied, whose id may be another. */
async function writeLedger(
  trx: Queryable,
  { found, fingerprint, targets }: Step,
  place: OldPlace | undefined,
  isCopy: boolean,
): Promise<void> {
  const others = targets.filter(({ kind }) => kind !== 'row');
  const isElsewhere = isCopy && place !== undefined && String(place.id) !== found.id;
  const own = isElsewhere ? [{ kind: 'row', id: String(place.id) }] : [];
  const row = { fingerprint, targets: JSON.stringify([...others, ...own]) };
  await trx
    .insertInto('legacy_import')
    .values({ legacy_table: found.table, legacy_id: found.keptAs, ...row, is_copy: isCopy })
    .onConflict((conflict) =>
      conflict.columns(['legacy_table', 'legacy_id']).doUpdateSet({ ...row, imported_at: sql<Date>`now()` }),
    )
    .execute();
}

async function carryOut(trx: Queryable, write: Writes, parts: ApplyParts): Promise<InstanceEvent[]> {
  switch (write.kind) {
    case 'client':
      // By name it may have been made by a person since.
      await insertClient(trx, newClient(write.id, write.name, 'UTC', parts.at));
      return [];
    case 'parameters': {
      const row = await lockClient(trx, write.clientId);
      const before = await readParameters(trx, write.clientId);
      await writeParameters(trx, write.clientId, { ...before, ...write.parameters });
      await updateClient(trx, row, {}, parts.at);
      return [];
    }
    case 'defaults':
      await addTemplates(trx, write.plugin, write.parameters);
      return [];
    case 'instance':
      return putInstance(trx, write, parts);
    case 'widget':
      await writeWidget(trx, write, parts.at);
      return [];
    case 'dashboard':
      await writeDashboard(trx, write, parts.at, parts.actor.id);
      return [];
  }
}

async function putInstance(trx: Queryable, write: WriteInstance, parts: ApplyParts): Promise<InstanceEvent[]> {
  const { id, plugin, fault } = write;
  const { before, after } = await putImported(trx, { ...write, isFaulty: fault !== undefined }, parts);
  if (fault !== undefined && !after.enabled) await raiseImportRepair(trx, { id, plugin, detail: fault });
  const kinds: InstanceEvent['kind'][] = before === undefined ? ['created'] : ['updated'];
  if (before !== undefined && before.enabled !== after.enabled) kinds.push(after.enabled ? 'enabled' : 'disabled');
  return kinds.map((kind) => ({ kind, id, plugin }));
}
