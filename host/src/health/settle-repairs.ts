// Repairs of instances follow from what is known of them, as their states do: those that are wanted are opened, the others closed.
import type { HealthLimits } from '../health-limits.ts';
import type { Queryable } from '../store/index.ts';
import type { Trouble } from '../sync/index.ts';
import { closeRepairs, raiseRepair, readOpenRepairs, type RepairRow, type WantedRepair } from './repair-rows.ts';
import { closedBecause, fixOfExpiry, fixOfInstance, fixOfJob, needsAPerson } from './repair-texts.ts';
import type { Known } from './settle.ts';
import { streamSubject } from './stream-repairs.ts';

const DISABLED = 'the instance is switched off';

/** Of all instances, or of one. An instance that is not among the known ones needs none. */
export async function settleRepairs(
  trx: Queryable,
  of: {
    readonly known: readonly Known[];
    readonly trouble: readonly Trouble[];
    readonly limits: HealthLimits;
    readonly instanceId: string | undefined;
  },
): Promise<void> {
  const { known, trouble, limits, instanceId } = of;
  const open = new Map<string, RepairRow>();
  for (const repair of await readOpenRepairs(trx, { instanceId })) {
    if (repair.instance_id !== null) open.set(keyOf(repair), repair);
  }
  const paused = trouble.filter((one) => one.paused);
  const changed = paused.length === 0 ? [] : await readOpenRepairs(trx, { code: 'stream_changed' });
  const isChanged = new Set(changed.map(({ subject }) => subject));
  const wanted = [
    ...known.filter(({ enabled }) => enabled).flatMap((about) => ofInstance(about, open, limits)),
    ...paused.flatMap((one) => ofJob(one, isChanged)),
  ];
  const keep = new Set(wanted.map(keyOf));
  for (const repair of wanted) {
    if (open.get(keyOf(repair))?.detail !== repair.detail) await raiseRepair(trx, repair);
  }
  const over = [...open.values()].filter((repair) => !keep.has(keyOf(repair)));
  if (over.length === 0) return;
  const enabled = await enabledOf(trx, over);
  for (const { id, code, instance_id: owner } of over) {
    // It is about an instance that is switched off because of it.
    if (code === 'import_incomplete' && (owner === null || !enabled.has(owner))) continue;
    await closeRepairs(trx, [id], owner !== null && enabled.has(owner) ? closedBecause(code) : DISABLED);
  }
}

const keyOf = ({ subject, code }: { readonly subject: string; readonly code: string }): string => `${code} ${subject}`;

function ofInstance(known: Known, open: ReadonlyMap<string, unknown>, limits: HealthLimits): WantedRepair[] {
  const { instance_id: id, plugin, refusal, quarantine, failure } = known;
  const about = { plugin, instanceId: id, stream: null, subject: `instance ${id}` };
  const wanted: WantedRepair[] = [];
  if (refusal !== null) {
    wanted.push({ ...about, code: 'auth_failed', detail: refusal.detail, fix: fixOfInstance('auth_failed', id) });
  }
  if (quarantine !== null) {
    wanted.push({ ...about, code: 'quarantined', detail: quarantine.detail, fix: fixOfInstance('quarantined', id) });
  }
  if (failure !== null && needsAPerson(failure.code)) {
    const { code, detail } = failure;
    wanted.push({ ...about, code, detail, fix: fixOfInstance(code, id) });
  }
  return [...wanted, ...ofExpiries(known, open, limits)];
}

function ofExpiries(known: Known, open: ReadonlyMap<string, unknown>, { expirySoon }: HealthLimits): WantedRepair[] {
  const { instance_id: id, plugin, expires, now } = known;
  return expires.flatMap(({ what, at }) => {
    const subject = `instance ${id} expires ${what}`;
    const left = Date.parse(at) - now.getTime();
    const isNews = left > -expirySoon;
    if (left > expirySoon || !(isNews || open.has(keyOf({ subject, code: 'expires_soon' })))) return [];
    const detail = `${what} ${left > 0 ? 'expires' : 'expired'} on ${at.slice(0, 10)}`;
    return [{ subject, code: 'expires_soon', plugin, instanceId: id, stream: null, detail, fix: fixOfExpiry(id) }];
  });
}

function ofJob(trouble: Trouble, isChanged: ReadonlySet<string>): WantedRepair[] {
  const { instance_id: id, plugin, stream, kind, code, detail } = trouble;
  // One table, one repair: not one for each instance.
  if (code === 'conflict' && isChanged.has(streamSubject(plugin, stream))) return [];
  const subject = `instance ${id} ${kind} ${stream}`;
  return [{ subject, code: 'sync_paused', plugin, instanceId: id, stream, detail, fix: fixOfJob(id, stream, kind) }];
}

async function enabledOf(
  trx: Queryable,
  repairs: readonly { readonly instance_id: string | null }[],
): Promise<ReadonlySet<string>> {
  const ids = repairs.flatMap(({ instance_id: id }) => (id === null ? [] : [id]));
  const rows = await trx
    .selectFrom('instance')
    .select('id')
    .where('id', 'in', ids)
    .where('enabled', '=', true)
    .execute();
  return new Set(rows.map(({ id }) => id));
}
