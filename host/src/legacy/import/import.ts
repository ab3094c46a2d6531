// The import of the old world: read at one moment, planned as a whole, carried out in transactions of some rows each. Whoever dies in it
// has done nothing of the one under way, and the next import goes on from there.
import type { Kysely } from 'kysely';
import type { Actor, Audit } from '../../access/index.ts';
import type { Clock } from '../../clock.ts';
import { Problem } from '../../errors.ts';
import { announceChange } from '../../instances/index.ts';
import type { Hooks, PluginVersion } from '../../kernel/index.ts';
import type { Limits } from '../../limits.ts';
import type { Log } from '../../log.ts';
import type { Vault } from '../../secrets/index.ts';
import { openReadOnly, type Store } from '../../store/index.ts';
import { assertOneWorld, idsHere, keptApart, type Renumbered, renumberedOf } from './apart.ts';
import { type ApplyParts, applySteps } from './apply.ts';
import { sourceOf } from './copies.ts';
import { type OldRows, readOldRows } from './found-tables.ts';
import { tableHere } from './old-tables.ts';
import { planImport, reportOf, type TableReport } from './plan.ts';
import type { Quarantined, Step } from './planning.ts';
import { assertSameDatabase, identify, type SourceDatabase } from './source-database.ts';
import { readState } from './state.ts';

export interface ImportParts {
  readonly store: Pick<Store, 'db' | 'readAs'>;
  readonly vault: Vault;
  readonly audit: Pick<Audit, 'record'>;
  readonly hooks: Pick<Hooks, 'instance'>;
  readonly plugins: { list(): readonly PluginVersion[] };
  readonly limits: Pick<Limits, 'legacy' | 'store'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ImportWish {
  /** `postgres://…`; undefined: the old tables are in the host's own database. May hold a password. */
  readonly from?: string | undefined;
  readonly dryRun: boolean;
  /** The other database is the one that was imported before, at another place. */
  readonly isMoved: boolean;
}

export interface ImportReport {
  readonly dryRun: boolean;
  readonly tables: readonly TableReport[];
  /** Every row, or part of one, that is in the quarantine. */
  readonly quarantine: readonly (Quarantined & { readonly table: string; readonly id: string })[];
  /** Rows of another database whose ids are those of other rows here. */
  readonly renumbered: readonly Renumbered[];
}

export type ImportLine =
  | { readonly kind: 'progress'; readonly table: string; readonly done: number; readonly of: number }
  | ({ readonly kind: 'report' } & ImportReport);

export type RunImport = (wish: ImportWish, actor: Actor) => AsyncGenerator<ImportLine>;

export function createImport(parts: ImportParts): RunImport {
  let isRunning = false;
  return async function* (wish, actor) {
    if (isRunning) throw new Problem('conflict', 'an import is under way', { next: 'Wait until it has ended.' });
    isRunning = true;
    try {
      yield* run(parts, wish, actor);
    } finally {
      isRunning = false;
    }
  };
}

async function* run(
  parts: ImportParts,
  { from, dryRun, isMoved }: ImportWish,
  actor: Actor,
): AsyncGenerator<ImportLine> {
  const { rows, database } = await readSource(parts.store, from, parts.limits.store, parts.log);
  if (database !== undefined) await assertSameDatabase(parts.store.db, database, isMoved);
  const steps = await planOf(parts, rows, database === undefined);
  assertOneWorld(steps, database === undefined);
  const source = database === undefined ? undefined : { ...sourceOf(steps), database, isMoved };
  if (!dryRun) yield* carryOut(parts, steps, { actor, source });
  const quarantine = steps.flatMap(({ found, quarantine: kept }) =>
    kept === undefined ? [] : [{ table: found.table, id: found.id, reason: kept.reason, detail: kept.detail }],
  );
  const renumbered = await renumberedOf(parts.store.db, steps);
  yield { kind: 'report', dryRun, tables: reportOf(steps), quarantine, renumbered };
}

/** The plan of an import of now, of what is in the own database. */
export async function planHere(parts: ImportParts): Promise<readonly Step[]> {
  const { rows } = await readSource(parts.store, undefined, parts.limits.store, parts.log);
  return planOf(parts, rows, true);
}

async function planOf({ store, vault, plugins }: ImportParts, rows: OldRows, isOwn: boolean): Promise<readonly Step[]> {
  const state = await readState(store.db, vault, plugins.list(), isOwn);
  return planImport(isOwn ? rows : keptApart(rows, state.ledger, await idsHere(store.db)), state);
}

async function* carryOut(
  parts: ImportParts,
  steps: readonly Step[],
  { actor, source }: Pick<ApplyParts, 'actor' | 'source'>,
): AsyncGenerator<ImportLine> {
  const { store, vault, audit, limits, clock } = parts;
  // Systems before what refers to them.
  const changing = steps
    .filter(({ rewrites }) => rewrites)
    .toSorted((a, b) => Number(isOfSystem(b)) - Number(isOfSystem(a)));
  for (let from = 0; from < changing.length; from += limits.legacy.batch) {
    const batch = changing.slice(from, from + limits.legacy.batch);
    const at = new Date(clock.now());
    const events = await store.db
      .transaction()
      .execute((trx) => applySteps(trx, batch, { vault, audit, actor, source, at }));
    for (const event of events) await announceChange(parts, event);
    const table = batch.at(-1)?.found.table ?? '';
    yield { kind: 'progress', table, done: from + batch.length, of: changing.length };
  }
}

function isOfSystem({ found }: Step): boolean {
  return tableHere(found.table) === 'external_systems';
}

interface ReadSource {
  readonly rows: OldRows;
  /** Undefined: the own one. */
  readonly database?: SourceDatabase;
}

/** All of it as it was at one moment, in a transaction that cannot write. */
async function readSource(
  store: Pick<Store, 'db'>,
  from: string | undefined,
  limits: Limits['store'],
  log: Log,
): Promise<ReadSource> {
  const read = <T>(db: Kysely<never>, work: (trx: Kysely<never>) => Promise<T>): Promise<T> =>
    db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work);
  if (from === undefined) return { rows: await read(store.db as unknown as Kysely<never>, readOldRows) };
  assertPostgres(from);
  await using other = openReadOnly(from, limits, log);
  return await read(other, async (trx) => ({
    database: await identify(trx, from),
    rows: await readOldRows(trx),
  })).catch((error: unknown) => {
    throw unreadable(from, error);
  });
}

function assertPostgres(from: string): void {
  if (/^postgres(ql)?:$/.test(URL.parse(from)?.protocol ?? '')) return;
  const errors = [{ pointer: '/from', message: 'must look like postgres://user:password@host:5432/database' }];
  throw new Problem('config_invalid', 'the database to read from is not valid', { errors });
}

/** Its own words, without the password; and no cause, which would be logged. */
function unreadable(from: string, error: unknown): Problem {
  const url = new URL(from);
  const words = error instanceof Error ? error.message || error.name : String(error);
  const secrets = [url.password, decodeURIComponent(url.password)].filter((secret) => secret !== '');
  const told = secrets.reduce((text, secret) => text.replaceAll(secret, '********'), words);
  return new Problem('config_invalid', `the database at ${url.host} cannot be read: ${told}`, {
    errors: [{ pointer: '/from', message: 'cannot be read' }],
    next: 'Check the address, the user and its right to read the old tables.',
  });
}
