// What a check means for the health of its instance.
import type { Problem } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Outcome } from './check-rows.ts';
import type { ConnectionTest } from './connection-test.ts';

export function outcomeOf({ report, problem, expires }: ConnectionTest, revision: number, limits: Limits): Outcome {
  const { ok, message, elapsedMs, vendorCalls } = report;
  if (problem === undefined) {
    const { warnings } = report;
    const shown = { ok, message, elapsedMs, vendorCalls, ...(warnings === undefined ? {} : { warnings }) };
    return { kind: 'passed', report: shown, revision, expires };
  }
  return failureOf(problem, { elapsedMs, vendorCalls }, revision, limits);
}

/** Also of a check that could not be started. */
export function failureOf(
  problem: Problem,
  cost: { readonly elapsedMs: number; readonly vendorCalls: number },
  revision: number,
  limits: Limits,
): Outcome {
  const { code, message } = problem;
  const report = { ok: false, message, ...cost, code, next: problem.toDocument().next };
  const why = { code, detail: message };
  if (code === 'auth_failed') return { kind: 'refused', report, revision, why };
  const asked = problem.options.retryAfterMs;
  const retryAfterMs = asked === undefined ? undefined : Math.min(asked, limits.holds.most);
  return { kind: 'failed', report, revision, why, retryAfterMs };
}
