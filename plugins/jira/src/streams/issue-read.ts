import { checkpoint, upsert, type Cursor, type ReadStep } from '@jackfield/sdk';
import type { JiraContext } from '../config.ts';
import { deploymentOf } from '../deployment.ts';
import { isIn } from '../jql.ts';
import { listProjects, type Project } from '../projects.ts';
import { endLoad, keepLive, nextLoad, parseIssueCursor, toCursor } from './issue-cursor.ts';
import { issueRow, type IssueRow } from './issue-row.ts';
import { changedIssues } from './issue-walk.ts';
import { OVERLAP_MS } from './stream.ts';

/** First all issues of the projects that are new to the cursor, then what changed in all of them. */
export async function* readIssues(ctx: JiraContext, from: Cursor): AsyncGenerator<ReadStep<IssueRow>> {
  const projects = await liveProjects(ctx);
  const live = new Set(projects.map(({ id }) => id));
  if (live.size === 0) return;
  let cursor = keepLive(parseIssueCursor(from), live);
  for (;;) {
    const loading = nextLoad(cursor, live);
    if (loading === null) break;
    const only = cursor.projects.length === 0 ? undefined : new Set(loading.projects);
    let { updated } = loading;
    for await (const page of pagesSince(ctx, whereOf(ctx, projects, only), updated)) {
      ({ updated } = page);
      yield upsert(page.rows);
      yield checkpoint(toCursor({ ...cursor, loading: { ...loading, updated } }));
    }
    cursor = endLoad(cursor, { ...loading, updated });
    yield checkpoint(toCursor(cursor));
  }
  for await (const { rows, updated } of pagesSince(ctx, whereOf(ctx, projects), cursor.updated)) {
    yield upsert(rows);
    yield checkpoint(toCursor({ ...cursor, updated }));
  }
}

interface RowPage {
  readonly rows: IssueRow[];
  /** The last change that was read up to here; never before the one that the walk began with. */
  readonly updated: number;
}

async function* pagesSince(
  ctx: JiraContext,
  where: string | undefined,
  updated: number | null,
): AsyncGenerator<RowPage> {
  const { siteUrl } = await deploymentOf(ctx);
  let last = updated ?? 0;
  for await (const { issues, through } of changedIssues(ctx, { where, since: last - OVERLAP_MS })) {
    // A change in the future, as imports bring, must not hide those of today.
    last = Math.max(last, Math.min(through, ctx.now().getTime()));
    yield { rows: issues.map((issue) => issueRow(issue, siteUrl)), updated: last };
  }
}

/** Searches refuse projects that are not live, so one that was archived must not be named: it would stop all others too. */
async function liveProjects(ctx: JiraContext): Promise<Project[]> {
  const projects = await listProjects(ctx, ['live']);
  const found = new Set(projects.map(({ key }) => key));
  const missing = (ctx.config.projects ?? []).filter((key) => !found.has(key));
  if (missing.length > 0) ctx.log.warn('configured projects that are archived, deleted or hidden', { missing });
  if (projects.length === 0) ctx.log.warn('this account sees no live project');
  return projects;
}

/** Undefined when nothing restricts the search: all that the account sees is asked for. */
function whereOf(ctx: JiraContext, projects: readonly Project[], only?: ReadonlySet<number>): string | undefined {
  if (only === undefined && (ctx.config.projects ?? []).length === 0) return undefined;
  return isIn(
    'project',
    projects.filter(({ id }) => only?.has(id) ?? true).map(({ key }) => key),
  );
}
