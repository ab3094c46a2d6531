import type { JiraContext } from './config.ts';
import { deploymentOf } from './deployment.ts';
import { parseIssue, type Issue } from './issue.ts';
import { ask, badResponse } from './request.ts';
import { CLOUD_SEARCH, cloudPages } from './search-cloud.ts';
import { DATA_CENTER_SEARCH, dataCenterPages } from './search-data-center.ts';

export interface Search {
  readonly jql: string;
  readonly fields: readonly string[];
  /** Stop after this many issues. */
  readonly limit?: number;
}

/** Few fields make small issues: a thousand stay well under the 10 MB an answer may have. */
const PAGE_SIZE = 1000;

/**
 * The issues that match, page by page, each once: an issue that is edited while it is walked over turns up on two pages.
 * @throws VendorError `vendor_bad_response` when the walk makes no progress or cannot end.
 */
export async function* searchIssues(
  ctx: JiraContext,
  { jql, fields, limit = Infinity }: Search,
): AsyncGenerator<Issue[]> {
  const { kind } = await deploymentOf(ctx);
  const request = { jql, fields, pageSize: Math.min(PAGE_SIZE, limit) };
  const seen = new Set<string>();
  for await (const page of kind === 'cloud' ? cloudPages(ctx, request) : dataCenterPages(ctx, request)) {
    const fresh: Issue[] = [];
    for (const element of page) {
      const issue = parseIssue(element);
      if (issue === undefined) throw badResponse(searchPath(kind), 'answered an issue without id and key');
      if (seen.has(issue.id) || seen.size >= limit) continue;
      seen.add(issue.id);
      fresh.push(issue);
    }
    yield fresh;
    if (seen.size >= limit) return;
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

function searchPath(kind: 'cloud' | 'dataCenter'): string {
  return kind === 'cloud' ? CLOUD_SEARCH : DATA_CENTER_SEARCH;
}
