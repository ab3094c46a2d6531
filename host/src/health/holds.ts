// Instances that their vendor has turned away. Dashboards and schedules would ask again all the time, and many vendors lock an account
// or an address that goes on with wrong credentials, some of them for longer with each try. So queries and reads of streams are
// refused here until the time is over, a check has passed, or somebody has changed the instance. Checks always ask.
//
// What this host has found out is in force at once; the database tells the other hosts, and this one after a restart.
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import type { Gateway } from '../gateway/index.ts';
import { isDraft } from '../instances/index.ts';
import type { Hooks, RunInfo, RunReport } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';
import type { Store } from '../store/index.ts';
import { endHold, noteHold, readKnownTrouble } from './facts.ts';

type Code = 'auth_failed' | 'rate_limited';

interface Hold {
  readonly code: Code;
  /** Milliseconds since the epoch. */
  readonly until: number;
}

export interface Holds {
  /** Learns what other hosts have found out. */
  refresh(): Promise<void>;
  /** Whether its vendor is to be left alone now. */
  isHeld(instanceId: string): boolean;
  /** Whether a run of this instance that goes well is news. */
  isUnwell(instanceId: string): boolean;
  noteUnwell(instanceId: string, unwell: boolean): void;
}

/** What is refused: it comes by itself, again and again. Jobs have a pause of their own, and deliveries are the vendor's. */
const REFUSED: ReadonlySet<RunInfo['kind']> = new Set(['query', 'stream']);
const TELLING: ReadonlySet<RunInfo['kind']> = new Set(['query', 'stream', 'check']);

export function holdTurnedAway(parts: {
  readonly gateway: Pick<Gateway, 'resetGate'>;
  readonly store: Pick<Store, 'db'>;
  readonly hooks: Pick<Hooks, 'beforeRun' | 'afterRun' | 'instance'>;
  readonly limits: Limits['holds'];
  readonly clock: Clock;
}): Holds {
  const { store, hooks, limits, clock, gateway } = parts;
  const { db } = store;
  let holds = new Map<string, Hold>();
  let unwell = new Set<string>();
  /** Grows with everything that this host changes: what was read from the database meanwhile may be older. */
  let changes = 0;
  let writing = 0;

  const writes = async (write: Promise<void>): Promise<void> => {
    changes += 1;
    writing += 1;
    try {
      await write;
    } finally {
      writing -= 1;
      changes += 1;
    }
  };

  hooks.beforeRun.tapPromise('holds', async ({ kind, instanceId, plugin }) => {
    const hold = holds.get(instanceId);
    if (hold === undefined || !REFUSED.has(kind)) return undefined;
    const left = hold.until - clock.now();
    if (left > 0) return refusal(hold, left, { instanceId, plugin });
    holds.delete(instanceId);
    return undefined;
  });

  hooks.afterRun.tapPromise('holds', async (run, report) => {
    const { kind, instanceId } = run;
    if (isDraft(instanceId)) return;
    if (report.ok && kind === 'check') {
      holds.delete(instanceId);
      await writes(endHold(db, instanceId));
    }
    const asked = TELLING.has(kind) ? pauseOf(report, limits) : undefined;
    if (asked === undefined) return;
    holds.set(instanceId, { code: asked.code, until: clock.now() + asked.ms });
    await writes(noteHold(db, run, asked.code, asked.ms));
  });

  // Another part clears the row.
  hooks.instance.tap('holds', ({ id }) => {
    changes += 1;
    holds.delete(id);
    unwell.delete(id);
  });

  return {
    async refresh() {
      const seen = changes;
      const rows = await readKnownTrouble(db);
      if (writing > 0 || changes !== seen) return;
      const now = clock.now();
      const before = holds;
      unwell = new Set(rows.filter((row) => row.unwell).map((row) => row.instance_id));
      holds = new Map(
        rows.flatMap(({ instance_id: id, held_code: code, held_ms: ms }) =>
          ms !== null && (code === 'auth_failed' || code === 'rate_limited') ? [[id, { code, until: now + ms }]] : [],
        ),
      );
      // Another host has found that the credentials are good: this one's gateway may still remember that they were refused, and would
      // say so of runs that are let in from now on.
      const released = [...before].filter(
        ([id, { code, until }]) => code === 'auth_failed' && until > now && !holds.has(id),
      );
      await Promise.all(released.map(([id]) => gateway.resetGate(id)));
    },
    isHeld: (instanceId) => (holds.get(instanceId)?.until ?? 0) > clock.now(),
    isUnwell: (instanceId) => unwell.has(instanceId),
    noteUnwell(instanceId, isUnwell) {
      changes += 1;
      if (isUnwell) unwell.add(instanceId);
      else unwell.delete(instanceId);
    },
  };
}

function pauseOf(
  { code, retryAfterMs }: RunReport,
  limits: Limits['holds'],
): { readonly code: Code; readonly ms: number } | undefined {
  if (code === 'auth_failed') return { code, ms: limits.authFailed };
  if (code !== 'rate_limited' || retryAfterMs === undefined) return undefined;
  return { code, ms: Math.min(retryAfterMs, limits.most) };
}

function refusal({ code }: Hold, left: number, where: { instanceId: string; plugin: string }): Problem {
  const why = code === 'auth_failed' ? 'has refused its credentials' : 'has asked to be left alone';
  const detail = `the vendor of instance "${where.instanceId}" ${why}, and is asked again in ${Math.ceil(left / 1000)} s`;
  const next =
    code === 'auth_failed'
      ? 'Set new credentials, or put them right at the vendor and run the check of the instance: then it is asked at once.'
      : 'Wait, or run the check of the instance: when it passes, the vendor is asked at once.';
  return new Problem(code, detail, { ...where, next, retryAfterMs: left });
}
