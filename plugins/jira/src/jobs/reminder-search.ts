// Looks for the issue with a marker: in the search index, and among the newest issues of the project, which are read by key and
// so come from the database. An index may lag for minutes (Cloud) or be another node's (Data Center).
import { isVendorError } from '@jackfield/sdk';
import { mapConcurrently } from '../concurrency.ts';
import type { JiraContext } from '../config.ts';
import { deploymentOf } from '../deployment.ts';
import { parseIssue, type Issue } from '../issue.ts';
import { readIssue } from '../issue-read.ts';
import { isIn, quote } from '../jql.ts';
import { ask, badResponse } from '../request.ts';
import { searchIssues } from '../search.ts';

const BULK_FETCH = '/rest/api/3/issue/bulkfetch';
/** Keys per step, and steps back from the newest issue that the index knows. Data Center reads one by one, but lags less. */
const STEPS = { cloud: { size: 100, back: 2 }, dataCenter: { size: 10, back: 2 } } as const;
/** As many as the gateway lets one instance have under way. */
const WIDTH = 4;
/** Beyond it the index is no longer late but broken. */
const MAX_STEPS = 50;

/** Key of the issue with the marker, the oldest if there were several; undefined when there is none. */
export async function findReminder(ctx: JiraContext, project: string, marker: string): Promise<string | undefined> {
  const marked = `${isIn('project', [project])} AND labels = ${quote(marker)} ORDER BY created ASC, key ASC`;
  const indexed = (await search(ctx, marked)).find((issue) => isMarked(issue, marker));
  return (indexed ?? (await findUnindexed(ctx, project, marker)))?.key;
}

/** Issues get their numbers in turn: what the index does not know yet is around the newest that it knows, or above. */
async function findUnindexed(ctx: JiraContext, project: string, marker: string): Promise<Issue | undefined> {
  const [newest] = await search(ctx, `${isIn('project', [project])} ORDER BY key DESC`);
  const last = Number(/-(\d+)$/.exec(newest?.key ?? '')?.[1] ?? 0);
  const { size, back } = STEPS[(await deploymentOf(ctx)).kind];
  for (let step = -back; step < MAX_STEPS; step++) {
    const numbers = Array.from({ length: size }, (_, index) => last + step * size + index + 1);
    const keys = numbers.filter((number) => number > 0).map((number) => `${project}-${number}`);
    const issues = keys.length === 0 ? [] : await readByKey(ctx, keys);
    const marked = issues.find((issue) => isMarked(issue, marker));
    if (marked) return marked;
    if (step >= 0 && issues.length === 0) return undefined;
  }
  throw badResponse(BULK_FETCH, `found ${MAX_STEPS * size} issues of ${project} that searches do not know`);
}

async function search(ctx: JiraContext, jql: string): Promise<Issue[]> {
  return (await Array.fromAsync(searchIssues(ctx, { jql, fields: ['labels'], limit: 10 }))).flat();
}

function isMarked({ fields }: Issue, marker: string): boolean {
  return Array.isArray(fields.labels) && fields.labels.includes(marker);
}

/** Those that exist and may be seen. */
async function readByKey(ctx: JiraContext, keys: readonly string[]): Promise<Issue[]> {
  const { kind } = await deploymentOf(ctx);
  if (kind === 'cloud') return readInBulk(ctx, keys);
  const issues = await mapConcurrently(keys, WIDTH, (key) => readVisible(ctx, key));
  return issues.filter((issue) => issue !== undefined);
}

/** One that this account made is never hidden from it. */
async function readVisible(ctx: JiraContext, key: string): Promise<Issue | undefined> {
  return readIssue(ctx, key, ['labels']).catch((error: unknown) => {
    if (isVendorError(error) && error.code === 'permission_denied') return undefined;
    throw error;
  });
}

async function readInBulk(ctx: JiraContext, issueIdsOrKeys: readonly string[]): Promise<Issue[]> {
  const { issues, issueErrors } = await ask(ctx, BULK_FETCH, { body: { issueIdsOrKeys, fields: ['labels'] } });
  if (!Array.isArray(issues)) throw badResponse(BULK_FETCH, 'answered no issues array');
  // Issues that do not exist are left out; those listed here do exist, and could not be read this time.
  if (Array.isArray(issueErrors) && issueErrors.length > 0) {
    throw badResponse(BULK_FETCH, `could not read ${issueErrors.length} of the issues`);
  }
  return issues.map(parsed);
}

function parsed(value: unknown): Issue {
  const issue = parseIssue(value);
  if (issue === undefined) throw badResponse(BULK_FETCH, 'answered an issue without id and key');
  return issue;
}
