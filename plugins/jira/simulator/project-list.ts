import { refusal, type Answer, type Call } from './answer.ts';
import { PEOPLE, PROJECT_STATES, type SimProject } from './projects.ts';
import { jiraTime } from './jira-time.ts';
import { representPerson } from './person.ts';
import type { Site } from './site.ts';

/** Whatever is asked for. */
const PAGE_CAP = 100;

/** Cloud: only live projects unless other states are asked for. */
export function searchProjects(site: Site, { path, query }: Call): Answer {
  const states = query.getAll('status').flatMap((each) => each.split(','));
  const unknown = states.filter((each) => !PROJECT_STATES.some((known) => known === each));
  if (unknown.length > 0) return refusal(400, `status: ${unknown.join(', ')} is not a project status`);
  const wanted = states.length > 0 ? states : ['live'];
  const keys = query.getAll('keys').flatMap((each) => each.split(','));
  const type = query.get('typeKey');
  const found = known(site).filter(
    ({ key, state, ...project }) =>
      wanted.includes(state) &&
      (keys.length === 0 || keys.includes(key)) &&
      (type === null || typeOf(project, site) === type),
  );
  const startAt = Number(query.get('startAt') ?? 0);
  const maxResults = Math.min(Number(query.get('maxResults') ?? 50), PAGE_CAP);
  const isLast = startAt + maxResults >= found.length;
  const expand = query.get('expand')?.split(',') ?? [];
  return {
    status: 200,
    json: {
      self: `${site.url}${path}?startAt=${startAt}&maxResults=${maxResults}`,
      ...(isLast ? {} : { nextPage: `${site.url}${path}?startAt=${startAt + maxResults}&maxResults=${maxResults}` }),
      maxResults,
      startAt,
      total: found.length,
      isLast,
      values: found.slice(startAt, startAt + maxResults).map((project) => ({
        ...representProject(project, site),
        ...(expand.includes('lead') ? { lead: leadOf(project, site) } : {}),
        ...(expand.includes('insight') ? { insight: insightOf(project, site) } : {}),
      })),
    },
  };
}

/** Data Center: one array. It keeps no trash. */
export function listProjects(site: Site, { query }: Call): Answer {
  const archived = query.get('includeArchived') === 'true';
  const lead = query.get('expand')?.split(',').includes('lead');
  const found = known(site).filter(({ state }) => state === 'live' || (archived && state === 'archived'));
  return {
    status: 200,
    json: found.map((project) => ({
      ...representProject(project, site),
      archived: project.state === 'archived',
      ...(lead ? { lead: leadOf(project, site) } : {}),
    })),
  };
}

function known(site: Site): readonly SimProject[] {
  return site.faults.has('anonymous') ? [] : site.projects;
}

function typeOf({ type }: Pick<SimProject, 'type'>, site: Site): string {
  return site.faults.has('no-jsm') ? 'software' : type;
}

function representProject(project: SimProject, site: Site): object {
  const { id, key, name, state, stateSince } = project;
  const since = stateSince === null ? undefined : jiraTime(stateSince, site);
  return {
    self: `${site.url}/rest/api/2/project/${id}`,
    id,
    key,
    name,
    projectTypeKey: typeOf(project, site),
    ...(state === 'archived' ? { archived: true, archivedDate: since } : {}),
    ...(state === 'deleted' ? { deleted: true, deletedDate: since } : {}),
  };
}

function leadOf({ id }: SimProject, site: Site): object {
  return representPerson(PEOPLE[Number(id) % PEOPLE.length] as (typeof PEOPLE)[number], site);
}

function insightOf({ id }: SimProject, site: Site): object {
  const times = site.issues.filter(({ project }) => project.id === id).map(({ updated }) => updated);
  if (times.length === 0) return { totalIssueCount: 0 };
  const latest = times.reduce((a, b) => Math.max(a, b));
  return { totalIssueCount: times.length, lastIssueUpdateTime: jiraTime(latest, site) };
}
