import { complete, upsert } from '@jackfield/sdk';
import { sprintBoards, sprintsOf, type Sprint } from '../boards.ts';
import { mapConcurrently } from '../concurrency.ts';
import { textOf } from '../issue.ts';
import { listProjects } from '../projects.ts';
import { datetimeOf } from '../time.ts';
import { stream } from './stream.ts';

/** As many as the gateway lets one instance have under way. */
const WIDTH = 4;

export const sprints = stream({
  title: 'Sprints',
  description: 'Closed, running and planned sprints of all boards that have them.',
  columns: {
    id: { type: 'integer', label: 'Id' },
    name: { type: 'string', label: 'Name' },
    state: { type: 'string', label: 'State' },
    goal: { type: 'string', label: 'Goal' },
    boardId: { type: 'integer', label: 'Board' },
    start: { type: 'datetime', label: 'Start' },
    end: { type: 'datetime', label: 'Planned end' },
    completed: { type: 'datetime', label: 'Completed' },
  },
  primaryKey: ['id'],
  deletion: 'absence',
  every: '15m',
  async *read(ctx) {
    const configured = ctx.config.projects ?? [];
    // Only live projects: a board list refuses others.
    const projects = configured.length === 0 ? [undefined] : (await listProjects(ctx, ['live'])).map(({ key }) => key);
    const boards = new Set<number>();
    for (const project of projects) {
      const found = await sprintBoards(ctx, project);
      if (found === undefined) {
        ctx.log.info('there is no Jira Software here, or it is hidden from this account');
        return;
      }
      for (const board of found) boards.add(board);
    }
    // A board may show the sprints of another.
    const seen = new Set<number>();
    const ids = [...boards].toSorted((a, b) => a - b);
    for (let start = 0; start < ids.length; start += WIDTH) {
      const slice = ids.slice(start, start + WIDTH);
      const found = await mapConcurrently(slice, WIDTH, async (board) =>
        (await sprintsOf(ctx, board)).map((sprint) => ({ sprint, board })),
      );
      const fresh = found.flat().filter(({ sprint }) => !seen.has(sprint.id) && seen.add(sprint.id));
      yield upsert(fresh.map(({ sprint, board }) => rowOf(sprint, board)));
    }
    yield complete();
  },
});

function rowOf({ id, answer }: Sprint, board: number) {
  return {
    id,
    name: textOf(answer.name),
    state: textOf(answer.state),
    goal: textOf(answer.goal),
    boardId: typeof answer.originBoardId === 'number' ? answer.originBoardId : board,
    start: datetimeOf(answer.startDate),
    end: datetimeOf(answer.endDate),
    completed: datetimeOf(answer.completeDate),
  };
}
