// How fresh the synced rows of an instance are, and why they are not fresher.
import type { InstanceState } from '@jackfield/schemas';
import { type ErrorCode, Problem } from '../errors.ts';
import type { LastRead } from '../views/index.ts';
import type { Member } from './members.ts';
import type { Meta } from './result-stream.ts';

export interface Freshness {
  /** When the rows were last read, in milliseconds since the epoch; null when they never were. */
  readonly at: number | null;
  /** Why there are no newer rows; undefined while nothing is wrong. */
  readonly late: { readonly code: ErrorCode; readonly reason: string } | undefined;
  /** Reads have failed, and none ever went well: what rows there are is not what the vendor has. */
  readonly isLost: boolean;
}

/** `read` is undefined where nothing is scheduled. */
export function freshnessOf({ view }: Member, stream: string, read: LastRead | undefined): Freshness {
  const { at = null, failure = null } = read ?? {};
  if (failure !== null) return { at, late: { code: failure.code, reason: failure.detail }, isLost: at === null };
  const isDisabled = view?.enabled === false;
  const code = isDisabled ? 'conflict' : 'not_found';
  const reason = isDisabled
    ? 'the instance is disabled, so nothing newer is read'
    : `the stream "${stream}" has not been read yet`;
  return { at, late: isDisabled || at === null ? { code, reason } : undefined, isLost: false };
}

/** As a result says it. `written`: when the newest row was, as of which they are when they were never read. */
export function staleOf({ at, late }: Freshness, written: number, now: number): Meta['stale'] {
  return late && { ageMs: Math.max(0, Math.round(now - (at ?? written))), ...late };
}

export interface Found {
  readonly fresh: Freshness;
  readonly rowCount: number;
  readonly written: number;
  readonly now: number;
}

/** What became of one instance of many. */
export function stateOf(member: Member, { fresh, rowCount, written, now }: Found): InstanceState {
  const { id, name } = member;
  const { at, late, isLost } = fresh;
  if (isLost && late !== undefined) return failedState(member, new Problem(late.code, late.reason), rowCount);
  const known = { id, name, rowCount, ...(at === null ? {} : { asOf: new Date(at).toISOString() }) };
  const stale = staleOf(fresh, written, now);
  return stale === undefined ? { ...known, state: 'ok' } : { ...known, state: 'stale', stale };
}

export function failedState({ id, name }: Member, problem: Problem, rowCount = 0): InstanceState {
  return { id, name, state: 'failed', rowCount, error: { ...problem.toDocument(), instanceId: id } };
}
