// Projects in their three states. Data Center has no trash: what is deleted there is gone.
import type { JiraContext } from './config.ts';
import { deploymentOf } from './deployment.ts';
import { ask, askJson, badResponse, isObject } from './request.ts';

export const PROJECT_STATES = ['live', 'archived', 'deleted'] as const;
export type ProjectState = (typeof PROJECT_STATES)[number];

export interface Project {
  readonly id: number;
  readonly key: string;
  readonly state: ProjectState;
  /** As Jira answered it. */
  readonly answer: Readonly<Record<string, unknown>>;
}

const CLOUD_PROJECTS = '/rest/api/3/project/search';
const DATA_CENTER_PROJECTS = '/rest/api/2/project';
const PAGE_SIZE = 100;
const MAX_PAGES = 200;
/** More than this many keys make an address that proxies cut off. */
const KEYS_IN_ADDRESS = 50;

/**
 * The projects of the connection in the given states, all of those that this account sees unless the config names some.
 * @throws VendorError `vendor_bad_response` when the list changed while it was read, so that it may have holes.
 */
export async function listProjects(ctx: JiraContext, states: readonly ProjectState[]): Promise<Project[]> {
  const { kind } = await deploymentOf(ctx);
  const found = new Map<number, Project>();
  if (kind === 'dataCenter') {
    const path = `${DATA_CENTER_PROJECTS}?includeArchived=true&expand=lead`;
    const answer = await askJson(ctx, path);
    if (!Array.isArray(answer)) throw badResponse(path, 'answered no array of projects');
    for (const project of answer.map((each) => parseProject(each))) found.set(project.id, project);
  } else {
    // In the order in which projects go from one state to the next, so that one which goes meanwhile is seen.
    for (const state of PROJECT_STATES.filter((each) => states.includes(each))) {
      for (const project of await cloudProjects(ctx, state)) found.set(project.id, project);
    }
  }
  const configured = ctx.config.projects ?? [];
  return [...found.values()].filter(
    ({ key, state }) => states.includes(state) && (configured.length === 0 || configured.includes(key)),
  );
}

async function cloudProjects(ctx: JiraContext, state: ProjectState): Promise<Project[]> {
  const configured = ctx.config.projects ?? [];
  const keys = configured.length <= KEYS_IN_ADDRESS ? configured.map((key) => `&keys=${key}`).join('') : '';
  const found = new Map<number, Project>();
  for (let page = 0, startAt = 0; page < MAX_PAGES; page++) {
    const place = `startAt=${startAt}&maxResults=${PAGE_SIZE}`;
    const answer = await ask(ctx, `${CLOUD_PROJECTS}?status=${state}&expand=lead,insight&${place}${keys}`);
    const { values, isLast, total } = answer;
    if (!Array.isArray(values)) throw badResponse(CLOUD_PROJECTS, 'answered no values array');
    for (const project of values.map((each) => parseProject(each, state))) found.set(project.id, project);
    startAt += values.length;
    if (isLast !== false) {
      if (typeof total !== 'number' || total === found.size) return [...found.values()];
      throw badResponse(CLOUD_PROJECTS, `gave ${found.size} of ${total} projects`);
    }
    if (values.length === 0) throw badResponse(CLOUD_PROJECTS, `stopped at project ${startAt}`);
  }
  throw badResponse(CLOUD_PROJECTS, `did not end after ${MAX_PAGES} pages`);
}

function parseProject(answer: unknown, state?: ProjectState): Project {
  const id = isObject(answer) ? Number(answer.id) : Number.NaN;
  if (!isObject(answer) || !Number.isSafeInteger(id) || typeof answer.key !== 'string') {
    throw badResponse(
      state === undefined ? DATA_CENTER_PROJECTS : CLOUD_PROJECTS,
      'answered a project without id and key',
    );
  }
  return { id, key: answer.key, state: state ?? (answer.archived === true ? 'archived' : 'live'), answer };
}
