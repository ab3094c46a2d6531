// Data Center pages by offset and may cap the page size: the offset moves by what came, not by what was asked.
import type { JiraContext } from './config.ts';
import { ask, badResponse } from './request.ts';
import { MAX_PAGES, type PageRequest } from './search-cloud.ts';

export const DATA_CENTER_SEARCH = '/rest/api/2/search';

export async function* dataCenterPages(
  ctx: JiraContext,
  { jql, fields, pageSize }: PageRequest,
): AsyncGenerator<unknown[]> {
  let startAt = 0;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await ask(ctx, DATA_CENTER_SEARCH, { body: { jql, fields, startAt, maxResults: pageSize } });
    const { issues, total } = answer;
    if (!Array.isArray(issues) || typeof total !== 'number') {
      throw badResponse(DATA_CENTER_SEARCH, 'answered no issues array or no total');
    }
    if (typeof answer.startAt === 'number' && answer.startAt !== startAt) {
      throw badResponse(DATA_CENTER_SEARCH, `answered the page at ${answer.startAt} when asked for ${startAt}`);
    }
    yield issues;
    startAt += issues.length;
    if (startAt >= total) return;
    if (issues.length === 0) throw badResponse(DATA_CENTER_SEARCH, `stopped at issue ${startAt} of ${total}`);
  }
  throw badResponse(DATA_CENTER_SEARCH, `did not end after ${MAX_PAGES} pages: restrict the projects`);
}
