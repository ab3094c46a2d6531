// What is there before an import, read at one moment.
import type { PluginVersion } from '../../kernel/index.ts';
import { readStored } from '../../instances/index.ts';
import type { Vault } from '../../secrets/index.ts';
import type { Queryable } from '../../store/index.ts';
import { keyOf, type Known, type State, type Target } from './planning.ts';
import { readQuarantine } from './quarantine.ts';

export async function readState(db: Queryable, vault: Vault, plugins: readonly PluginVersion[]): Promise<State> {
  const links = await db.selectFrom('legacy_link').selectAll().orderBy('kind').execute();
  const ledger = await db.selectFrom('legacy_import').selectAll().execute();
  const stored = await readStored(db, vault);
  const modes = await db.selectFrom('legacy_mode').selectAll().execute();
  const ids = async (table: 'widget' | 'dashboard'): Promise<Set<string>> =>
    new Set((await db.selectFrom(table).select('id').execute()).map(({ id }) => id));
  return {
    ledger: new Map([
      // Rows that the old API has written in both shapes, and no import has seen.
      ...Map.groupBy(links, (link) => keyOf(link.legacy_table, String(link.legacy_id)))
        .entries()
        .map(([key, own]): [string, Known] => [
          key,
          { fingerprint: '', targets: own.map(({ kind, target_id: id }): Target => ({ kind, id })) },
        ]),
      ...ledger.map((row): [string, Known] => [
        keyOf(row.legacy_table, row.legacy_id),
        { fingerprint: row.fingerprint, targets: row.targets as readonly Target[] },
      ]),
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
  };
}
