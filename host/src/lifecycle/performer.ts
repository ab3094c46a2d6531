// Carries a change out: tries the version out, flips, and brings this host to it. The other hosts hear of it by themselves. Until the
// flip nothing has changed for anybody, so a host that dies on the way leaves nothing to be repaired.
import { toProblem } from '../errors.ts';
import { type CanaryParts, Refused, type Step, tryOut } from './canary.ts';
import { endChange, noteStep } from './change-rows.ts';
import type { ChangeRow, InstanceReport, Plan } from './change-view.ts';
import { noteRefused, type PluginRow, readPlugin } from './desired-rows.ts';
import { type Flip, flip, type FlipParts, overtaken } from './flip.ts';
import type { Reconciler } from './reconciler.ts';
import type { Versions } from './versions.ts';

export interface PerformerParts extends FlipParts, CanaryParts {
  readonly versions: Versions;
  readonly reconciler: Pick<Reconciler, 'reconcile'>;
  readonly signal: AbortSignal;
}

/** Never rejects: how it ended is in the change. */
export async function perform(parts: PerformerParts, change: ChangeRow, why?: string): Promise<void> {
  const { store, signal } = parts;
  const { db } = store;
  const plan = change.plan as unknown as Plan;
  try {
    const { generation, instances } = await carryOut(parts, change.id, plan, why);
    await parts.reconciler.reconcile();
    await endChange(db, change.id, { state: 'done', generation, instances });
  } catch (error) {
    if (signal.aborted) {
      const reason = 'the host that carried it out was stopped: nothing was changed, plan it again';
      await endChange(db, change.id, { state: 'abandoned', reason }).catch(() => undefined);
      return;
    }
    const isRefused = error instanceof Refused;
    const reason = isRefused ? error.message : toProblem(error).message;
    const instances = isRefused ? error.instances : [];
    if (isRefused && plan.to !== null) await noteRefused(db, plan.plugin, { version: plan.to.version, reason });
    await endChange(db, change.id, { state: isRefused ? 'refused' : 'failed', reason, instances });
  }
}

interface Outcome {
  readonly generation: number;
  readonly instances: readonly InstanceReport[];
}

async function carryOut(parts: PerformerParts, id: string, plan: Plan, why: string | undefined): Promise<Outcome> {
  const { db } = parts.store;
  const { plugin: name, generation: expected } = plan;
  const onStep = (step: Step): Promise<void> => noteStep(db, id, step);
  await onStep('verify');
  const row = await readPlugin(db, name);
  if ((row?.generation ?? 0) !== expected) throw overtaken(name);
  const change = wantedAfter(parts, plan, row, why);
  if (change.wanted.state !== 'active') {
    await onStep('flip');
    return { generation: await flip(parts, change), instances: [] };
  }
  const to = await parts.versions.open(change.wanted).catch((error: unknown) => {
    throw new Refused(`it is not taken: ${error instanceof Error ? error.message : String(error)}`);
  });
  const from = row === undefined ? undefined : await parts.versions.open(row).catch(() => undefined);
  // Who goes back has a reason to hurry, and whoever is switched on again has been checked before.
  const checks = plan.action === 'upgrade' || plan.action === 'add';
  const instances = await tryOut(parts, { from, to, checks, signal: parts.signal, onStep });
  parts.signal.throwIfAborted();
  await onStep('flip');
  const versions = { from, to };
  return { generation: await flip(parts, { ...change, versions }), instances };
}

/** What is wanted when the plan has been carried out. */
function wantedAfter(
  { limits }: PerformerParts,
  plan: Plan,
  row: PluginRow | undefined,
  why: string | undefined,
): Flip {
  const { action, plugin: name, package: packageName, to, from, grants } = plan;
  const now = {
    ...{ name, package: packageName, seed: row?.seed ?? null, previous: row?.previous ?? null },
    ...{ previous_grants: row?.previous_grants ?? null, why: null, watchMs: null, purgeMs: null },
  };
  const stays = { integrity: row?.integrity ?? '', grants: row?.grants ?? {} };
  const about = { act: action, expected: plan.generation, after: { version: to?.version ?? from?.version } };
  switch (action) {
    case 'disable':
      return { ...about, wanted: { ...now, ...stays, state: 'disabled', why: 'somebody has switched it off' } };
    case 'remove':
      return { ...about, wanted: { ...now, ...stays, state: 'removed', purgeMs: limits.lifecycle.retention } };
    case 'enable':
    case 'restore':
      return { ...about, wanted: { ...now, ...stays, state: 'active' } };
    case 'add':
    case 'upgrade':
    case 'rollback':
    case 'withdraw': {
      const integrity = to?.integrity ?? '';
      const before = { previous: row?.integrity ?? null, previous_grants: row?.grants ?? null };
      const wanted = {
        ...now,
        ...(integrity === row?.integrity ? {} : before),
        state: 'active',
        integrity,
        grants,
      } as const;
      if (action !== 'withdraw') {
        // Only what replaces another version can be taken back.
        const watchMs = action === 'upgrade' ? limits.lifecycle.watch : null;
        return { ...about, wanted: { ...wanted, watchMs } };
      }
      const withdrawn = { version: from?.version ?? '', reason: why ?? '' };
      return { ...about, wanted: { ...wanted, previous: null, previous_grants: null }, withdrawn };
    }
  }
}
