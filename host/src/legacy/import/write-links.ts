// What links the rows of the old tables here to what they have become.
import type { Queryable } from '../../store/index.ts';
import type { LegacyTable } from '../rows.ts';
import type { Step, Target } from './planning.ts';

/** A row of an old table here. */
export interface OldPlace {
  readonly table: LegacyTable;
  readonly id: number;
}

type LinkKind = 'plugin' | 'name' | 'instance' | 'widget' | 'dashboard' | 'client';

/** A link for each kind of target; what is linked already stays linked by whoever has linked it. */
export async function writeLinks(trx: Queryable, step: Step, old: OldPlace): Promise<void> {
  const kinds = new Map(
    step.targets.toReversed().flatMap((target) => {
      const kind = linkKindOf(target);
      return kind === undefined ? [] : [[kind, target.id] as const];
    }),
  );
  if (kinds.size === 0) return;
  // The widgets of a dashboard are its own affair.
  if (kinds.has('dashboard')) kinds.delete('widget');
  const rows = [...kinds].map(([kind, target_id]) => ({
    ...{ legacy_table: old.table, legacy_id: old.id, kind, target_id, plugin: step.plugin },
    origin: 'import' as const,
  }));
  await trx
    .insertInto('legacy_link')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['legacy_table', 'legacy_id', 'kind'])
        .doUpdateSet((eb) => ({ target_id: eb.ref('excluded.target_id'), plugin: eb.ref('excluded.plugin') })),
    )
    .execute();
  if (kinds.has('name')) return;
  await trx
    .deleteFrom('legacy_link')
    .where('legacy_table', '=', old.table)
    .where('legacy_id', '=', old.id)
    .where('kind', '=', 'name')
    .execute();
}

function linkKindOf({ kind }: Target): LinkKind | undefined {
  switch (kind) {
    case 'plugin':
    case 'defaults':
      return 'plugin';
    case 'parameters':
    case 'client':
      return 'client';
    case 'row':
      return undefined;
    case 'name':
    case 'instance':
    case 'widget':
    case 'dashboard':
      return kind;
  }
}
