import type { Queryable } from '../store/index.ts';
import { raiseRepair } from './repair-rows.ts';
import { fixOfImport } from './repair-texts.ts';

/** Of an instance that an import has switched off: it stays until somebody switches it on. In the caller's transaction. */
export async function raiseImportRepair(
  trx: Queryable,
  { id, plugin, detail }: { readonly id: string; readonly plugin: string; readonly detail: string },
): Promise<void> {
  const about = { subject: `instance ${id}`, plugin, instanceId: id, stream: null };
  await raiseRepair(trx, { ...about, code: 'import_incomplete', detail, fix: fixOfImport(id) });
}
