// Cloud pages by token.
import type { JiraContext } from './config.ts';
import { ask, badResponse } from './request.ts';
import type { Page, PageRequest, Place } from './search-page.ts';

export const CLOUD_SEARCH = '/rest/api/3/search/jql';

export async function cloudPage(ctx: JiraContext, request: PageRequest, nextPageToken?: Place): Promise<Page> {
  const { jql, fields, pageSize } = request;
  // The body's schema is closed: an undefined token is left out by JSON, any other property is refused.
  const answer = await ask(ctx, CLOUD_SEARCH, { body: { jql, fields, maxResults: pageSize, nextPageToken } });
  const { issues, nextPageToken: next, isLast } = answer;
  if (!Array.isArray(issues)) throw badResponse(CLOUD_SEARCH, 'answered no issues array');
  return {
    issues,
    next: typeof next === 'string' && next !== '' ? next : undefined,
    last: typeof isLast === 'boolean' ? isLast : undefined,
  };
}
