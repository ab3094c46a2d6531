// What is there before an import, read at one moment.
import type { Selectable } from 'kysely';
import type { PluginVersion } from '../../kernel/index.ts';
import { readStored } from '../../instances/index.ts';
import type { Vault } from '../../secrets/index.ts';
import type { LegacyLinkTable, Queryable } from '../../store/index.ts';
import { keyOf, type Known, type State, type Target } from './planning.ts';
import { readQuarantine } from './quarantine.ts';

export async function readState(
  db: Queryable,
  vault: Vault,
  plugins: readonly PluginVersion[],
  isOwn: boolean,
): Promise<State> {
  const links = await db.selectFrom('legacy_link').selectAll().orderBy('kind').execute();
  const ledger = await db.selectFrom('legacy_import').selectAll().execute();
  const stored = await readStored(db, vault);
  const modes = await db.selectFrom('legacy_mode').selectAll().execute();
  const linked = Map.groupBy(links, (link) => keyOf(link.legacy_table, String(link.legacy_id)));
  const ids = async (table: 'widget' | 'dashboard'): Promise<Set<string>> =>
    new Set((await db.selectFrom(table).select('id').execute()).map(({ id }) => id));
  return {
    ledger: new Map([
      // Rows that the old API has written in both shapes, and no import has seen.
      ...linked.entries().map(([key, own]): [string, Known] => [key, { fingerprint: '', targets: own.map(targetOf) }]),
      ...ledger.map((row): [string, Known] => {
        const key = keyOf(row.legacy_table, row.legacy_id);
        const targets = row.targets as readonly Target[];
        return [
          key,
          { fingerprint: row.fingerprint, targets: sinceThen(targets, linked.get(key)), isCopy: row.is_copy },
        ];
      }),
    ]),
    quarantine: await readQuarantine(db, vault),
    instances: new Map(stored.map(({ row, secrets }) => [row.id, secrets])),
    references: new Map(stored.map(({ row, references }) => [row.id, references])),
    widgets: await ids('widget'),
    dashboards: await ids('dashboard'),
    clients: await db.selectFrom('client').select(['id', 'name']).orderBy('id').execute(),
    users: await db.selectFrom('app_user').select(['id', 'login']).execute(),
    modes: new Map(modes.map(({ plugin, mode }) => [plugin, mode])),
    plugins,
    isOwn,
  };
}

type Link = Selectable<LegacyLinkTable>;

function targetOf({ kind, target_id: id }: Link): Target {
  return { kind, id };
}

/** What an import has made, and what the row has become by writes of both shapes since. */
function sinceThen(targets: readonly Target[], links: readonly Link[] | undefined): readonly Target[] {
  if (links === undefined) return targets;
  const now = links.filter(({ kind }) => kind === 'name' || kind === 'instance' || kind === 'widget').map(targetOf);
  const kept = targets.filter(({ kind }) => kind !== 'name' && !now.some((target) => target.kind === kind));
  return [...kept, ...now];
}
