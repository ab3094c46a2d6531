import type { JiraContext } from './config.ts';
import { deploymentOf } from './deployment.ts';
import { parseIssue, type Issue } from './issue.ts';
import { ask, badResponse, isObject } from './request.ts';
import { DATA_CENTER_SEARCH } from './search-data-center.ts';
import { badSearch, searchPages } from './search-page.ts';

export interface Search {
  readonly jql: string;
  readonly fields: readonly string[];
  /** Stop after this many issues. */
  readonly limit?: number;
}

/** Few fields make small issues: a thousand stay well under the 10 MB an answer may have. */
const PAGE_SIZE = 1000;
/** What Cloud gives at most, and only to those who ask for nothing but ids. */
const ID_PAGE_SIZE = 5000;

/**
 * The issues that match, page by page, each once: an issue that is edited while it is walked over turns up on two pages.
 * @throws VendorError `vendor_bad_response` when the walk makes no progress or cannot end.
 */
export async function* searchIssues(
  ctx: JiraContext,
  { jql, fields, limit = Infinity }: Search,
): AsyncGenerator<Issue[]> {
  const seen = new Set<string>();
  for await (const page of searchPages(ctx, { jql, fields, pageSize: Math.min(PAGE_SIZE, limit) })) {
    const fresh: Issue[] = [];
    for (const element of page) {
      const issue = parseIssue(element);
      if (issue === undefined) throw await badSearch(ctx, 'answered an issue without id and key');
      if (seen.has(issue.id) || seen.size >= limit) continue;
      seen.add(issue.id);
      fresh.push(issue);
    }
    yield fresh;
    if (seen.size >= limit) return;
  }
}

/** The ids of the issues that match, page by page; one may come twice. */
export async function* searchIds(ctx: JiraContext, jql: string): AsyncGenerator<number[]> {
  for await (const page of searchPages(ctx, { jql, fields: ['id'], pageSize: ID_PAGE_SIZE })) {
    const ids = page.map((element) => (isObject(element) ? Number(element.id) : Number.NaN));
    if (!ids.every(Number.isSafeInteger)) throw await badSearch(ctx, 'answered an issue without an id');
    yield ids;
  }
}

/** How many issues match; Cloud only estimates. */
export async function countIssues(ctx: JiraContext, jql: string): Promise<{ count: number; approximate: boolean }> {
  const { kind } = await deploymentOf(ctx);
  const approximate = kind === 'cloud';
  const path = approximate ? '/rest/api/3/search/approximate-count' : DATA_CENTER_SEARCH;
  const answer = await ask(ctx, path, { body: approximate ? { jql } : { jql, maxResults: 0 } });
  const count = approximate ? answer.count : answer.total;
  if (typeof count !== 'number' || !Number.isSafeInteger(count)) throw badResponse(path, 'answered no count');
  return { count, approximate };
}

/** Cloud only estimates its counts; a walk that found less of it than this ended early. */
const LEAST_SHARE = 0.8;
/** So few come and go while they are counted, and no walk is so short that it ends early: one of three is already a third. */
const FEW = 10;

/**
 * Compares what a walk found with the count: walks have been seen to end early without a word. Issues also appear while it goes on,
 * all at once when the index catches up: a walk that began when there were fewer is whole when it found those.
 * @throws VendorError `vendor_bad_response` when much is missing.
 */
export async function assertWhole(ctx: JiraContext, jql: string, found: number, before = Infinity): Promise<void> {
  const count = Math.min(before, (await countIssues(ctx, jql)).count);
  if (count - found > FEW && found < count * LEAST_SHARE) {
    throw await badSearch(ctx, `gave ${found} of about ${count} issues`);
  }
}
