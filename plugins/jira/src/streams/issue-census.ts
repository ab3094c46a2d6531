// Jira has no feed of deleted issues. What a count of ids does not find is asked for by id before it is believed to be gone.
import { complete, present, type CensusStep, type Key } from '@jackfield/sdk';
import type { JiraContext } from '../config.ts';
import { deploymentOf, readAccount } from '../deployment.ts';
import { existingIssues } from '../issue-fetch.ts';
import { allOf, isIn } from '../jql.ts';
import { listProjects } from '../projects.ts';
import { assertWhole, countIssues, searchIds } from '../search.ts';
import { DAY } from '../time.ts';

/** Walks of more than this many issues have been seen to end early. */
const SLICE = 50_000;
/** Nothing in Jira is older, but for imports: the first slice is open at its beginning. */
const FIRST_YEAR = Date.UTC(2000, 0);
interface Span {
  readonly from?: number;
  readonly to?: number;
}

/** The ids of every live project, one project after the other. Those of archived ones cannot be found and are not missed. */
export async function* presentIssues(ctx: JiraContext): AsyncGenerator<CensusStep> {
  await readAccount(ctx, await deploymentOf(ctx));
  for (const { id, key } of await listProjects(ctx, ['live'])) {
    for await (const ids of idsIn(ctx, isIn('project', [key]), {})) yield present(ids.map((id) => ({ id })));
    yield complete({ projectId: id });
  }
}

async function* idsIn(ctx: JiraContext, project: string, { from, to }: Span): AsyncGenerator<number[]> {
  const where = allOf(
    project,
    from === undefined ? undefined : `created >= ${from}`,
    to === undefined ? undefined : `created < ${to}`,
  );
  const { count } = await countIssues(ctx, where);
  const [begin, end] = [from ?? FIRST_YEAR, to ?? ctx.now().getTime()];
  if (count > SLICE && end - begin > DAY) {
    const middle = Math.floor((begin + end) / 2);
    yield* idsIn(ctx, project, { ...(from === undefined ? {} : { from }), to: middle });
    yield* idsIn(ctx, project, { from: middle, ...(to === undefined ? {} : { to }) });
    return;
  }
  // Each once: those that come on two pages would stand for others that came on none.
  const found = new Set<number>();
  for await (const ids of searchIds(ctx, `${where} ORDER BY created ASC, key ASC`)) {
    for (const id of ids) found.add(id);
    yield ids;
  }
  await assertWhole(ctx, where, found.size, count);
}

/** Of these issues, those that do not exist, or not in the projects of the connection, or not for this account. */
export async function goneIssues(ctx: JiraContext, keys: readonly Key[]): Promise<readonly Key[]> {
  const existing = await existingIssues(
    ctx,
    keys.map(({ id }) => Number(id)),
  );
  // To a caller whose token has ended everything is gone.
  await readAccount(ctx, await deploymentOf(ctx));
  return keys.filter(({ id }) => !existing.has(Number(id)));
}
