// Cloud pages by token. Only an absent token means the end: pages are shorter than asked whenever Jira likes.
import type { JiraContext } from './config.ts';
import { ask, badResponse } from './request.ts';

export const CLOUD_SEARCH = '/rest/api/3/search/jql';

export interface PageRequest {
  readonly jql: string;
  readonly fields: readonly string[];
  readonly pageSize: number;
}

/** 100,000 issues at the hundred per page that Cloud really gives; a walk that long belongs into a sync. */
export const MAX_PAGES = 1000;

export async function* cloudPages(ctx: JiraContext, { jql, fields, pageSize }: PageRequest): AsyncGenerator<unknown[]> {
  const tokens = new Set<string>();
  let nextPageToken: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const answer = await ask(ctx, CLOUD_SEARCH, {
      // The body's schema is closed: an undefined token is left out by JSON, any other property is refused.
      body: { jql, fields, maxResults: pageSize, nextPageToken },
    });
    if (!Array.isArray(answer.issues)) throw badResponse(CLOUD_SEARCH, 'answered no issues array');
    yield answer.issues;
    const token = answer.nextPageToken;
    if (typeof token !== 'string' || token === '') {
      if (answer.isLast === false) throw badResponse(CLOUD_SEARCH, 'says that more issues follow but not where');
      return;
    }
    if (tokens.has(token)) throw badResponse(CLOUD_SEARCH, `repeated a page token after ${page + 1} pages`);
    tokens.add(token);
    nextPageToken = token;
  }
  throw badResponse(CLOUD_SEARCH, `did not end after ${MAX_PAGES} pages: restrict the projects`);
}
