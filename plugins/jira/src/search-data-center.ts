// Data Center pages by offset and may cap the page size: the offset moves by what came, not by what was asked.
import type { JiraContext } from './config.ts';
import { ask, badResponse } from './request.ts';
import type { Page, PageRequest, Place } from './search-page.ts';

export const DATA_CENTER_SEARCH = '/rest/api/2/search';

export async function dataCenterPage(ctx: JiraContext, request: PageRequest, place: Place = 0): Promise<Page> {
  const startAt = Number(place);
  const { jql, fields, pageSize } = request;
  const answer = await ask(ctx, DATA_CENTER_SEARCH, { body: { jql, fields, startAt, maxResults: pageSize } });
  const { issues, total } = answer;
  if (!Array.isArray(issues) || typeof total !== 'number') {
    throw badResponse(DATA_CENTER_SEARCH, 'answered no issues array or no total');
  }
  if (typeof answer.startAt === 'number' && answer.startAt !== startAt) {
    throw badResponse(DATA_CENTER_SEARCH, `answered the page at ${answer.startAt} when asked for ${startAt}`);
  }
  const end = startAt + issues.length;
  if (end < total && issues.length === 0) {
    throw badResponse(DATA_CENTER_SEARCH, `stopped at issue ${startAt} of ${total}`);
  }
  return { issues, next: end < total ? end : undefined, last: end >= total };
}
