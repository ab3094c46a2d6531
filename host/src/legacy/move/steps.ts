// The move of a plugin, one step at a time, each of which can be taken back:
//
//   legacy ⇄ dual-legacy ⇄ dual-plugin ⇄ plugin
//
// Into `dual-legacy` every row is imported as it is or in the quarantine, and what the tables of the old API do not know gets rows there: instances,
// widgets and parameters, also those that came out of tables that it does not write. Into `plugin` both shapes say the same. Backwards
// nothing is asked: both are written until the old tables are dropped.
import type { Audit } from '../../access/index.ts';
import { Problem } from '../../errors.ts';
import type { Instances } from '../../instances/index.ts';
import type { Limits } from '../../limits.ts';
import type { Queryable, Store } from '../../store/index.ts';
import type { Parities, Unread } from '../parity-report.ts';
import type { InstalledPlugins } from '../plugins.ts';
import type { LegacyMode } from '../rows.ts';
import { meet, NO_ROWS, type Rows, rowsByPlugin, unmovedOf } from './meeting.ts';
import { type Move, moveOf, readMoves, stopMove, writeMove } from './modes.ts';

export interface MoveView {
  readonly plugin: string;
  readonly mode: 'legacy' | 'dual' | 'plugin';
  /** Which shape answers the old API while both are written. */
  readonly primary: 'legacy' | 'plugin';
  /** ISO 8601; since when both are written. */
  readonly dualSince: string | null;
  /** ISO 8601; when the old API says that it will be gone. */
  readonly sunsetAt: string | null;
  readonly systems: number;
  readonly instances: number;
  /** Of these: neither imported nor in the quarantine. */
  readonly unmoved: number;
  readonly quarantined: number;
}

export interface StepInput {
  readonly mode: MoveView['mode'];
  /** Of `dual`. */
  readonly primary?: MoveView['primary'];
  /** ISO 8601 */
  readonly sunsetAt?: string;
}

export interface Steps {
  status(): Promise<MoveView[]>;
  /** @throws Problem `conflict` when it is not one step away, or something has to be done before. */
  take(plugin: string, input: StepInput): Promise<MoveView>;
}

export interface StepsParts {
  readonly store: Pick<Store, 'db'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly instances: Pick<Instances, 'writes'>;
  readonly plugins: InstalledPlugins;
  readonly limits: Pick<Limits, 'legacy'>;
  readonly clock: { now(): number };
  readonly parities: Parities;
  readonly unread: Unread;
}

const ORDER: readonly LegacyMode[] = ['legacy', 'dual-legacy', 'dual-plugin', 'plugin'];

export function createSteps({
  store: { db },
  audit,
  instances,
  plugins,
  limits,
  clock,
  parities,
  unread,
}: StepsParts): Steps {
  const viewOf = async (plugin: string, rows: Rows, move: Move): Promise<MoveView> => ({
    plugin,
    ...partsOf(move.mode),
    dualSince: move.dualSince?.toISOString() ?? null,
    sunsetAt: move.sunsetAt?.toISOString() ?? null,
    systems: rows.systems.length,
    instances: rows.instances.length,
    unmoved: (await unmovedOf(db, rows)).length,
    quarantined: await quarantinedOf(db, plugin),
  });

  return {
    async status() {
      const moves = await readMoves(db);
      const rows = await rowsByPlugin(db, plugins);
      const names = new Set([...moves.keys(), ...rows.keys(), ...plugins.list().map(({ manifest }) => manifest.name)]);
      const views: MoveView[] = [];
      for (const name of [...names].toSorted()) {
        views.push(await viewOf(name, rows.get(name) ?? NO_ROWS, moves.get(name) ?? (await moveOf(db, undefined))));
      }
      return views;
    },

    async take(plugin, input) {
      const wanted = modeOf(input);
      // Before the step: it reads much. What is written in between is written in both shapes.
      if (wanted === 'plugin') await assertSame(plugin, parities);
      if (wanted === 'dual-legacy') await assertRead(db, plugin, unread);
      await db.transaction().execute(async (trx) => {
        await stopMove(trx);
        const before = await moveOf(trx, plugin);
        assertOneStep(plugin, before.mode, wanted);
        if (before.mode === 'legacy' && wanted === 'legacy') return;
        const sunsetAt = input.sunsetAt === undefined ? undefined : new Date(input.sunsetAt);
        if (before.mode === 'legacy' && wanted !== 'legacy') await meet(trx, plugin, { plugins, instances });
        const dualSince = before.dualSince ?? new Date(clock.now());
        const usual = new Date(dualSince.getTime() + limits.legacy.sunset);
        const after: Move =
          wanted === 'legacy'
            ? { mode: wanted, dualSince: null, sunsetAt: null }
            : { mode: wanted, dualSince, sunsetAt: sunsetAt ?? before.sunsetAt ?? usual };
        await writeMove(trx, plugin, after);
        const entity = { kind: 'plugin', id: plugin };
        await audit.record(trx, { action: 'legacy.mode', entity, before, after });
      });
      const rows = (await rowsByPlugin(db, plugins)).get(plugin) ?? NO_ROWS;
      return viewOf(plugin, rows, await moveOf(db, plugin));
    },
  };
}

async function quarantinedOf(db: Queryable, plugin: string): Promise<number> {
  const rows = await db.selectFrom('legacy_quarantine').select('id').where('plugin', '=', plugin).execute();
  return rows.length;
}

function partsOf(mode: LegacyMode): Pick<MoveView, 'mode' | 'primary'> {
  switch (mode) {
    case 'legacy':
      return { mode, primary: 'legacy' };
    case 'dual-legacy':
      return { mode: 'dual', primary: 'legacy' };
    case 'dual-plugin':
      return { mode: 'dual', primary: 'plugin' };
    case 'plugin':
      return { mode, primary: 'plugin' };
  }
}

function modeOf({ mode, primary = 'legacy' }: StepInput): LegacyMode {
  return mode === 'dual' ? `dual-${primary}` : mode;
}

function textOf(mode: LegacyMode): string {
  const { mode: name, primary } = partsOf(mode);
  return name === 'dual' ? `{"mode":"dual","primary":"${primary}"}` : `{"mode":"${name}"}`;
}

/** The same again changes nothing but the sunset. */
function assertOneStep(plugin: string, from: LegacyMode, to: LegacyMode): void {
  const [at, wanted] = [ORDER.indexOf(from), ORDER.indexOf(to)];
  if (Math.abs(at - wanted) <= 1) return;
  const next = ORDER[at + Math.sign(wanted - at)] ?? from;
  throw new Problem('conflict', `"${plugin}" is at ${textOf(from)}, which is more than one step from ${textOf(to)}`, {
    next: `Take the next step: ${textOf(next)}.`,
  });
}

/** From then on a row of the tables of the old API stands for each of them. */
async function assertRead(db: Queryable, plugin: string, unread: Unread): Promise<void> {
  if ((await moveOf(db, plugin)).mode !== 'legacy') return;
  const rows = await unread(plugin);
  if (rows.length === 0) return;
  throw new Problem(
    'conflict',
    `${rows.length} rows of "${plugin}" have changed since they were imported: ${rows.slice(0, 5).join(', ')}`,
    {
      next: 'Import them: jackfield legacy import. They are in tables that are read no more once both shapes are written.',
    },
  );
}

async function assertSame(plugin: string, parities: Parities): Promise<void> {
  const differences = (await parities([plugin])).get(plugin)?.differences ?? [];
  const [first] = differences;
  if (first === undefined) return;
  const example = `${first.table} ${first.key} ${first.field}`;
  throw new Problem(
    'conflict',
    `the two shapes of "${plugin}" differ in ${differences.length} places, such as ${example}`,
    {
      next: 'Look at them: jackfield legacy parity. Then try again.',
    },
  );
}
