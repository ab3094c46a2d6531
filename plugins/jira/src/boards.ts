// Boards and sprints of Jira Software, which a site may not have.
import { assertOk, isVendorError, readJson } from '@jackfield/sdk';
import type { JiraContext } from './config.ts';
import { ask, badResponse, isObject, send } from './request.ts';

const BOARDS = '/rest/agile/1.0/board';
/** The most that is given. */
const PAGE_SIZE = 50;
const MAX_PAGES = 1000;

/**
 * Ids of the boards that may have sprints, of one project or of all; undefined when the site has no Jira Software.
 * @throws VendorError `vendor_bad_response` when the list changed while it was read, so that it may have holes.
 */
export async function sprintBoards(ctx: JiraContext, project: string | undefined): Promise<number[] | undefined> {
  const of = project === undefined ? '' : `&projectKeyOrId=${encodeURIComponent(project)}`;
  const boards = new Map<number, unknown>();
  let total: unknown;
  try {
    for await (const page of pages(async (place) => ask(ctx, `${BOARDS}?${place}${of}`), BOARDS)) {
      total = page.total;
      for (const board of page.values) boards.set(idOf(board, BOARDS), isObject(board) ? board.type : undefined);
    }
  } catch (error) {
    if (isVendorError(error) && error.code === 'not_found') return undefined;
    throw error;
  }
  if (typeof total === 'number' && total !== boards.size) {
    throw badResponse(BOARDS, `gave ${boards.size} of ${total} boards`);
  }
  return [...boards].flatMap(([id, type]) => (type === 'kanban' ? [] : id));
}

export interface Sprint {
  readonly id: number;
  readonly answer: Readonly<Record<string, unknown>>;
}

/** The sprints of a board; none when it does not support them, or was deleted meanwhile. */
export async function sprintsOf(ctx: JiraContext, board: number): Promise<Sprint[]> {
  const path = `${BOARDS}/${board}/sprint`;
  const sprints: Sprint[] = [];
  const read = async (place: string): Promise<Record<string, unknown> | undefined> => {
    const response = await send(ctx, `${path}?${place}`);
    if (response.status === 400 || response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok) await response.body?.cancel();
    assertOk(response);
    const answer = await readJson<unknown>(response);
    if (!isObject(answer)) throw badResponse(path, 'answered JSON that is not an object');
    return answer;
  };
  for await (const { values } of pages(read, path)) {
    for (const answer of values) sprints.push({ id: idOf(answer, path), answer: isObject(answer) ? answer : {} });
  }
  return sprints;
}

interface BoardPage {
  readonly values: readonly unknown[];
  readonly total: unknown;
}

/** By offset, which moves by what came. No answer is no page. */
async function* pages(
  read: (place: string) => Promise<Record<string, unknown> | undefined>,
  path: string,
): AsyncGenerator<BoardPage> {
  let startAt = 0;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await read(`startAt=${startAt}&maxResults=${PAGE_SIZE}`);
    if (answer === undefined) return;
    const { values, total, isLast } = answer;
    if (!Array.isArray(values)) throw badResponse(path, 'answered no values array');
    yield { values, total };
    startAt += values.length;
    if (isLast !== false) return;
    if (values.length === 0) throw badResponse(path, `stopped at ${startAt}`);
  }
  throw badResponse(path, `did not end after ${MAX_PAGES} pages`);
}

function idOf(value: unknown, path: string): number {
  if (!isObject(value) || typeof value.id !== 'number') throw badResponse(path, 'answered an element without an id');
  return value.id;
}
