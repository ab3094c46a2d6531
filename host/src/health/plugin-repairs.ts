// Repairs of plugins as such: no instance of theirs is to blame.
import type { Queryable } from '../store/index.ts';
import { closeRepairs, raiseRepair, readOpenRepairs } from './repair-rows.ts';
import { closedBecause, fixOfWithdrawal } from './repair-texts.ts';

const CODE = 'release_withdrawn';

/** In the transaction that takes the release back. */
export async function raiseWithdrawal(
  trx: Queryable,
  { plugin, detail }: { readonly plugin: string; readonly detail: string },
): Promise<void> {
  const about = { subject: `plugin ${plugin}`, plugin, instanceId: null, stream: null };
  await raiseRepair(trx, { ...about, code: CODE, detail, fix: fixOfWithdrawal(plugin) });
}

export async function closeWithdrawal(trx: Queryable, plugin: string): Promise<void> {
  const open = await readOpenRepairs(trx, { plugin, code: CODE });
  await closeRepairs(
    trx,
    open.map(({ id }) => id),
    closedBecause(CODE),
  );
}
