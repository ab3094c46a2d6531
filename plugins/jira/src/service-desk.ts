// Jira Service Management: an add-on that a site, a project or the account may not have. That is an empty answer, not a failure.
import { isVendorError } from '@jackfield/sdk';
import type { JiraContext } from './config.ts';
import { deploymentOf } from './deployment.ts';
import { partOf, textOf } from './issue.ts';
import { ask, askJson, badResponse, isObject } from './request.ts';
import { datetimeOf, millisOf } from './time.ts';

const CLOUD_PROJECTS = '/rest/api/3/project/search';
const DATA_CENTER_PROJECTS = '/rest/api/2/project';
const PROJECT_PAGE = 100;
const MAX_PROJECT_PAGES = 20;

export interface SlaCycle {
  readonly name: string;
  readonly breached: boolean;
  readonly paused: boolean;
  /** Working time left, negative once breached; calendars and pauses count. */
  readonly remainingMs: number | null;
  readonly breachTime: string | null;
  readonly breachMs: number | null;
}

/**
 * Keys of the service projects this account may browse; none without Jira Service Management. The list of service desks would
 * not do: it names desks where the account is a mere customer, and JQL refuses a project that cannot be browsed.
 */
export async function serviceProjects(ctx: JiraContext): Promise<string[]> {
  const { kind } = await deploymentOf(ctx);
  const projects = kind === 'cloud' ? await cloudServiceProjects(ctx) : await askJson(ctx, DATA_CENTER_PROJECTS);
  if (!Array.isArray(projects)) throw badResponse(DATA_CENTER_PROJECTS, 'answered no array of projects');
  return projects.flatMap((project: unknown) => {
    const key = partOf(project, 'key');
    return key !== null && partOf(project, 'projectTypeKey') === 'service_desk' ? key : [];
  });
}

async function cloudServiceProjects(ctx: JiraContext): Promise<unknown[]> {
  const projects: unknown[] = [];
  for (let page = 0; page < MAX_PROJECT_PAGES; page++) {
    const place = `startAt=${projects.length}&maxResults=${PROJECT_PAGE}`;
    const answer = await ask(ctx, `${CLOUD_PROJECTS}?typeKey=service_desk&action=browse&${place}`);
    const values = valuesOf(answer, CLOUD_PROJECTS);
    projects.push(...values);
    if (answer.isLast !== false || values.length === 0) return projects;
  }
  throw badResponse(CLOUD_PROJECTS, `did not end after ${MAX_PROJECT_PAGES} pages`);
}

/** The running SLA clocks of a request; undefined when it is no request or the account is no agent there. */
export async function runningSlas(ctx: JiraContext, key: string): Promise<SlaCycle[] | undefined> {
  const path = `/rest/servicedeskapi/request/${encodeURIComponent(key)}/sla`;
  const answer = await ask(ctx, `${path}?start=0&limit=50`).catch((error: unknown) => {
    if (isVendorError(error) && (error.code === 'not_found' || error.code === 'permission_denied')) return undefined;
    throw error;
  });
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

function valuesOf(answer: Record<string, unknown>, path: string): unknown[] {
  if (!Array.isArray(answer.values)) throw badResponse(path, 'answered no values array');
  return answer.values;
}
