// How far the stream of issues has come, and for which projects: one that becomes visible later brings issues whose last change
// lies before everybody else's cursor, so it is loaded by itself first.
import type { Cursor } from '@jackfield/sdk';
import { isObject } from '../request.ts';

export interface IssueCursor {
  /** The last change that was read, in milliseconds; null before any. */
  readonly updated: number | null;
  /** Ids of the projects that are read up to there. */
  readonly projects: readonly number[];
  /** Projects that are being loaded, and how far they are. */
  readonly loading: Loading | null;
}

export interface Loading {
  readonly projects: readonly number[];
  readonly updated: number | null;
}

/** What was checkpointed; anything else starts from nothing, which loses nothing. */
export function parseIssueCursor(cursor: unknown): IssueCursor {
  if (!isObject(cursor)) return { updated: null, projects: [], loading: null };
  const { loading } = cursor;
  return {
    updated: millis(cursor.updated),
    projects: ids(cursor.projects),
    loading: isObject(loading) ? { projects: ids(loading.projects), updated: millis(loading.updated) } : null,
  };
}

export function toCursor({ updated, projects, loading }: IssueCursor): Cursor {
  return { updated, projects, ...(loading === null ? {} : { loading: { ...loading } }) };
}

/** Projects loaded at once, beside the first load: their keys stand in the search. */
const AT_ONCE = 50;

/** The cursor without the projects that are no longer live: when they come back, changes may have been missed. */
export function keepLive(cursor: IssueCursor, live: ReadonlySet<number>): IssueCursor {
  const projects = cursor.projects.filter((id) => live.has(id));
  const left = cursor.loading?.projects.filter((id) => live.has(id)) ?? [];
  return {
    updated: cursor.updated,
    projects,
    loading: left.length > 0 ? { projects: left, updated: cursor.loading?.updated ?? null } : null,
  };
}

/** What is to be loaded next; null when every live project is read up to the cursor. */
export function nextLoad(cursor: IssueCursor, live: ReadonlySet<number>): Loading | null {
  if (cursor.loading !== null) return cursor.loading;
  const known = new Set(cursor.projects);
  const missing = [...live].filter((id) => !known.has(id));
  if (missing.length === 0) return null;
  return { projects: known.size === 0 ? missing : missing.slice(0, AT_ONCE), updated: null };
}

/** The cursor after a load has ended. */
export function endLoad(cursor: IssueCursor, { projects, updated }: Loading): IssueCursor {
  return { updated: cursor.updated ?? updated, projects: [...cursor.projects, ...projects], loading: null };
}

function millis(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

function ids(value: unknown): number[] {
  return Array.isArray(value) ? value.filter((id) => Number.isSafeInteger(id)) : [];
}
