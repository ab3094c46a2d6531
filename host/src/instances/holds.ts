// Instances that their vendor has turned away. Dashboards and schedules would ask again all the time, and many vendors lock an account
// or an address that goes on with wrong credentials, some of them for longer with each try. So queries and reads of streams are
// refused here until the time is over, a check has passed, or somebody has changed the instance. Checks always ask.
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import type { Hooks, RunInfo } from '../kernel/index.ts';
import type { Limits } from '../limits.ts';

interface Hold {
  readonly code: 'auth_failed' | 'rate_limited';
  /** Milliseconds since the epoch. */
  readonly until: number;
}

/** What runs by itself, again and again. Jobs have a pause of their own, and deliveries are the vendor's. */
const HELD: ReadonlySet<RunInfo['kind']> = new Set(['query', 'stream']);

export function holdTurnedAway(parts: {
  readonly hooks: Pick<Hooks, 'beforeRun' | 'afterRun' | 'instance'>;
  readonly limits: Limits['holds'];
  readonly clock: Clock;
}): void {
  const { hooks, limits, clock } = parts;
  const holds = new Map<string, Hold>();

  hooks.beforeRun.tapPromise('holds', async ({ kind, instanceId, plugin }) => {
    const hold = holds.get(instanceId);
    if (hold === undefined || !HELD.has(kind)) return undefined;
    const left = hold.until - clock.now();
    if (left > 0) return refusal(hold, left, { instanceId, plugin });
    holds.delete(instanceId);
    return undefined;
  });

  hooks.afterRun.tap('holds', ({ kind, instanceId }, { ok, code, retryAfterMs }) => {
    if (ok && kind === 'check') holds.delete(instanceId);
    if (!HELD.has(kind)) return;
    if (code === 'auth_failed') {
      holds.set(instanceId, { code, until: clock.now() + limits.authFailed });
    } else if (code === 'rate_limited' && retryAfterMs !== undefined) {
      holds.set(instanceId, { code, until: clock.now() + Math.min(retryAfterMs, limits.most) });
    }
  });

  hooks.instance.tap('holds', ({ id }) => void holds.delete(id));
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
