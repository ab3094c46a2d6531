// One page of a search, the same for both products, and the walk over all of them.
import type { JiraContext } from './config.ts';
import { deploymentOf } from './deployment.ts';
import { badResponse } from './request.ts';
import { CLOUD_SEARCH, cloudPage } from './search-cloud.ts';
import { DATA_CENTER_SEARCH, dataCenterPage } from './search-data-center.ts';

export interface PageRequest {
  readonly jql: string;
  readonly fields: readonly string[];
  readonly pageSize: number;
}

/** Cloud's token, or the offset. */
export type Place = string | number;

export interface Page {
  readonly issues: readonly unknown[];
  /** Where the next page is; undefined when Jira does not name one. */
  readonly next: Place | undefined;
  /** What Jira says about it; proxies may leave that out. */
  readonly last: boolean | undefined;
}

/** 100,000 issues at the hundred per page that Cloud really gives; a walk that long belongs into a sync. */
export const MAX_PAGES = 1000;

/** The page at a place, or the first. */
export async function searchPage(ctx: JiraContext, request: PageRequest, place?: Place): Promise<Page> {
  const { kind } = await deploymentOf(ctx);
  return kind === 'cloud' ? cloudPage(ctx, request, place) : dataCenterPage(ctx, request, place);
}

/**
 * All pages of a search. Only an absent place means the end: pages are shorter than asked whenever Jira likes.
 * @throws VendorError `vendor_bad_response` when the walk makes no progress, breaks off or does not end.
 */
export async function* searchPages(ctx: JiraContext, request: PageRequest): AsyncGenerator<readonly unknown[]> {
  const places = new Set<Place>();
  let place: Place | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const { issues, next, last }: Page = await searchPage(ctx, request, place);
    yield issues;
    if (next === undefined) {
      if (last === false) throw await badSearch(ctx, 'says that more issues follow but not where');
      return;
    }
    if (places.has(next)) throw await badSearch(ctx, `repeated a page token after ${page + 1} pages`);
    places.add(next);
    place = next;
  }
  throw await badSearch(ctx, `did not end after ${MAX_PAGES} pages: restrict the projects`);
}

export async function badSearch(ctx: JiraContext, what: string): Promise<Error> {
  const { kind } = await deploymentOf(ctx);
  return badResponse(kind === 'cloud' ? CLOUD_SEARCH : DATA_CENTER_SEARCH, what);
}
