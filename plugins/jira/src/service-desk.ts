// Jira Service Management: an add-on that a site, a project or the account may not have. That is an empty answer, not a failure.
import { isVendorError } from '@jackfield/sdk';
import type { JiraContext } from './config.ts';
import { textOf } from './issue.ts';
import { ask, badResponse, isObject } from './request.ts';
import { datetimeOf, millisOf } from './time.ts';

const DESKS = '/rest/servicedeskapi/servicedesk';
const DESK_PAGE = 50;
const MAX_DESK_PAGES = 20;
/** Older Data Center versions refuse these paths without it. */
const HEADERS = { 'x-experimentalapi': 'opt-in' };

export interface SlaCycle {
  readonly name: string;
  readonly breached: boolean;
  readonly paused: boolean;
  /** Working time left, negative once breached; calendars and pauses count. */
  readonly remainingMs: number | null;
  readonly breachTime: string | null;
  readonly breachMs: number | null;
}

/** Keys of the projects that have a service desk the account may see; empty without Jira Service Management. */
export async function serviceProjects(ctx: JiraContext): Promise<string[]> {
  const keys: string[] = [];
  for (let page = 0, start = 0; page < MAX_DESK_PAGES; page++) {
    const answer = await askIfThere(ctx, `${DESKS}?start=${start}&limit=${DESK_PAGE}`);
    if (answer === undefined) return keys;
    const values = valuesOf(answer, DESKS);
    for (const desk of values) {
      const key = isObject(desk) ? textOf(desk.projectKey) : null;
      if (key !== null) keys.push(key);
    }
    start += values.length;
    if (answer.isLastPage !== false || values.length === 0) return keys;
  }
  throw badResponse(DESKS, `did not end after ${MAX_DESK_PAGES} pages`);
}

/** The running SLA clocks of a request; undefined when it is no request or the account is no agent there. */
export async function runningSlas(ctx: JiraContext, key: string): Promise<SlaCycle[] | undefined> {
  const path = `/rest/servicedeskapi/request/${encodeURIComponent(key)}/sla`;
  const answer = await askIfThere(ctx, `${path}?start=0&limit=50`);
  if (answer === undefined) return undefined;
  return valuesOf(answer, path).flatMap((sla) => {
    if (!isObject(sla) || !isObject(sla.ongoingCycle)) return [];
    const { breached, paused, remainingTime, breachTime } = sla.ongoingCycle;
    const remaining = isObject(remainingTime) ? remainingTime.millis : undefined;
    const due = isObject(breachTime) ? (breachTime.iso8601 ?? breachTime.jira) : undefined;
    return {
      name: textOf(sla.name) ?? 'SLA',
      breached: breached === true,
      paused: paused === true,
      remainingMs: typeof remaining === 'number' ? Math.round(remaining) : null,
      breachTime: datetimeOf(due),
      breachMs: millisOf(due),
    };
  });
}

async function askIfThere(ctx: JiraContext, path: string): Promise<Record<string, unknown> | undefined> {
  try {
    return await ask(ctx, path, { headers: HEADERS });
  } catch (error) {
    if (isVendorError(error) && (error.code === 'not_found' || error.code === 'permission_denied')) return undefined;
    throw error;
  }
}

function valuesOf(answer: Record<string, unknown>, path: string): unknown[] {
  if (!Array.isArray(answer.values)) throw badResponse(path, 'answered no values array');
  return answer.values;
}
