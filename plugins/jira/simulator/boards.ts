// Jira Software: boards and their sprints. A kanban board has none and says so with a 400.
import { htmlPage, refusal, type Answer, type Call } from './answer.ts';
import type { SimProject } from './projects.ts';
import { jiraTime } from './jira-time.ts';
import type { Site } from './site.ts';

export interface SimBoard {
  readonly id: number;
  readonly name: string;
  /** `simple` boards are those of team-managed projects: some have sprints. */
  readonly type: 'scrum' | 'kanban' | 'simple';
  readonly hasSprints: boolean;
  readonly project: SimProject;
}
export interface SimSprint {
  readonly id: number;
  /** Where it was made; other boards may show it too. */
  readonly boardId: number;
  readonly shownOn: readonly number[];
  name: string;
  state: 'closed' | 'active' | 'future';
  goal: string | null;
  start: number | null;
  end: number | null;
  completed: number | null;
}

const PAGE_CAP = 50;
const WEEK = 7 * 86_400_000;

export function createBoards(projects: readonly SimProject[]): SimBoard[] {
  return projects.flatMap((project, index) => {
    if (project.state !== 'live') return [];
    const scrum = project.type === 'software';
    const id = index * 2 + 1;
    const first = scrum ? ('scrum' as const) : ('kanban' as const);
    return [
      { id, name: `${project.key} board`, type: first, hasSprints: scrum, project },
      { id: id + 1, name: `${project.key} team`, type: 'simple' as const, hasSprints: index % 2 === 1, project },
    ];
  });
}

export function createSprints(boards: readonly SimBoard[], now: number): SimSprint[] {
  const crowded = boards.find(({ type }) => type === 'scrum');
  return boards
    .filter(({ hasSprints }) => hasSprints)
    .flatMap(({ id, type }, _index, all) => {
      // More than one page on one board.
      const count = id === crowded?.id ? PAGE_CAP + 10 : 3;
      return Array.from({ length: count }, (_, number): SimSprint => {
        const state = number < count - 2 ? 'closed' : number === count - 2 ? 'active' : 'future';
        const start = state === 'future' ? null : now - (count - 1 - number) * 2 * WEEK + WEEK;
        return {
          id: id * 1000 + number,
          boardId: id,
          shownOn: number === 0 ? all.map((board) => board.id) : [id],
          name: `Sprint ${number + 1} (${type})`,
          state,
          goal: number % 2 === 0 ? 'Ship it' : null,
          start,
          end: start === null ? null : start + 2 * WEEK,
          completed: state === 'closed' && start !== null ? start + 2 * WEEK + 3_600_000 : null,
        };
      });
    });
}

export function listBoards(site: Site, { query }: Call): Answer {
  if (site.faults.has('no-agile')) return htmlPage(404, 'Not found');
  const asked = query.get('projectKeyOrId');
  const types = query.get('type')?.split(',');
  if (asked !== null && !site.projects.some(({ id, key, state }) => state === 'live' && [id, key].includes(asked))) {
    return refusal(400, `No project could be found with key or id '${asked}'.`);
  }
  const found = site.faults.has('anonymous')
    ? []
    : site.boards.filter(
        ({ type, project }) =>
          project.state === 'live' &&
          (asked === null || [project.id, project.key].includes(asked)) &&
          (types?.includes(type) ?? true),
      );
  const values = found.map(({ id, name, type, project }) => ({
    id,
    self: `${site.url}/rest/agile/1.0/board/${id}`,
    name,
    type,
    location: { projectId: Number(project.id), projectKey: project.key, projectName: project.name },
  }));
  return page(values, query, { total: values.length });
}

export function listSprints(site: Site, { path, query }: Call): Answer {
  if (site.faults.has('no-agile')) return htmlPage(404, 'Not found');
  const id = Number(path.split('/')[5]);
  const board = site.boards.find((each) => each.id === id);
  if (!board || board.project.state !== 'live' || site.faults.has('anonymous')) {
    return refusal(
      404,
      'The requested board cannot be viewed because it either does not exist or you do not have permission.',
    );
  }
  if (!board.hasSprints) return refusal(400, 'The board does not support sprints');
  const states = query.get('state')?.split(',');
  const values = site.sprints
    .filter(({ shownOn, state }) => shownOn.includes(id) && (states?.includes(state) ?? true))
    .map((sprint) => representSprint(sprint, site));
  return page(values, query, {});
}

/** A sprint that has not begun has no dates, not even empty ones. */
function representSprint(sprint: SimSprint, site: Site): object {
  const time = (name: string, at: number | null): object =>
    at === null ? {} : { [name]: jiraTime(at, site).replace(/(\d\d)(\d\d)$/, '$1:$2') };
  return {
    id: sprint.id,
    self: `${site.url}/rest/agile/1.0/sprint/${sprint.id}`,
    state: sprint.state,
    name: sprint.name,
    ...time('startDate', sprint.start),
    ...time('endDate', sprint.end),
    ...time('completeDate', sprint.completed),
    originBoardId: sprint.boardId,
    ...(sprint.goal === null ? {} : { goal: sprint.goal }),
  };
}

function page(all: readonly object[], query: URLSearchParams, more: object): Answer {
  const startAt = Number(query.get('startAt') ?? 0);
  const maxResults = Math.min(Number(query.get('maxResults') ?? PAGE_CAP), PAGE_CAP);
  const values = all.slice(startAt, startAt + maxResults);
  return { status: 200, json: { maxResults, startAt, ...more, isLast: startAt + maxResults >= all.length, values } };
}
