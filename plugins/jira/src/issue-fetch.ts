// Issues by id, from the database: an index that lags says nothing about whether an issue exists.
import { isVendorError } from '@jackfield/sdk';
import { mapConcurrently } from './concurrency.ts';
import type { JiraContext } from './config.ts';
import { deploymentOf } from './deployment.ts';
import { partOf } from './issue.ts';
import { ask, badResponse, isObject } from './request.ts';

/** As many as the gateway lets one instance have under way. */
const WIDTH = 4;
/** Cloud refuses more. */
const AT_ONCE = 100;
const BULK_FETCH = '/rest/api/3/issue/bulkfetch';

/**
 * Of these issues, those that exist in the projects of the connection and may be seen by this account. One that Jira could not read
 * just now counts as existing.
 */
export async function existingIssues(ctx: JiraContext, ids: readonly number[]): Promise<Set<number>> {
  const { kind } = await deploymentOf(ctx);
  const found =
    kind === 'cloud'
      ? await mapConcurrently(chunksOf(ids), WIDTH, (chunk) => fetchInBulk(ctx, chunk))
      : await mapConcurrently(ids, WIDTH, (id) => fetchOne(ctx, id));
  return new Set(found.flat());
}

function chunksOf(ids: readonly number[]): (readonly number[])[] {
  return Array.from({ length: Math.ceil(ids.length / AT_ONCE) }, (_, index) =>
    ids.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
}

async function fetchInBulk(ctx: JiraContext, ids: readonly number[]): Promise<number[]> {
  const answer = await ask(ctx, BULK_FETCH, { body: { issueIdsOrKeys: ids.map(String), fields: ['project'] } });
  if (!Array.isArray(answer.issues)) throw badResponse(BULK_FETCH, 'answered no issues array');
  // What does not exist is in neither list.
  const unread = Array.isArray(answer.issueErrors)
    ? answer.issueErrors.map((error) => Number(partOf(error, 'id')))
    : [];
  return [...unread, ...answer.issues.flatMap((issue) => idInScope(ctx, issue))];
}

/** Data Center cannot fetch in bulk, and its search refuses ids that it does not know. */
async function fetchOne(ctx: JiraContext, id: number): Promise<number[]> {
  const issue = await ask(ctx, `/rest/api/2/issue/${id}?fields=project`).catch((error: unknown) => {
    if (isVendorError(error) && error.code === 'not_found') return undefined;
    throw error;
  });
  return idInScope(ctx, issue);
}

/** An issue that was moved out of the projects of the connection is gone from it. */
function idInScope(ctx: JiraContext, issue: unknown): number[] {
  const id = Number(partOf(issue, 'id') ?? Number.NaN);
  if (Number.isNaN(id) || !isObject(issue)) return [];
  const configured = ctx.config.projects ?? [];
  const key = isObject(issue.fields) ? partOf(issue.fields.project, 'key') : null;
  return configured.length === 0 || key === null || configured.includes(key) ? [id] : [];
}
