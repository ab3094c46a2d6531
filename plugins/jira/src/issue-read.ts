import { isVendorError } from '@jackfield/sdk';
import type { JiraContext } from './config.ts';
import { deploymentOf } from './deployment.ts';
import { parseIssue, type Issue } from './issue.ts';
import { ask, badResponse } from './request.ts';

/** An issue by id or key, as it is now; undefined when Jira says that it does not exist or that this account may not see it. */
export async function readIssue(
  ctx: JiraContext,
  idOrKey: string,
  fields: readonly string[],
): Promise<Issue | undefined> {
  const { kind } = await deploymentOf(ctx);
  const path = `/rest/api/${kind === 'cloud' ? 3 : 2}/issue/${encodeURIComponent(idOrKey)}`;
  const answer = await ask(ctx, `${path}?fields=${fields.join(',')}`).catch((error: unknown) => {
    if (isVendorError(error) && error.code === 'not_found') return undefined;
    throw error;
  });
  if (answer === undefined) return undefined;
  const issue = parseIssue(answer);
  if (issue === undefined) throw badResponse(path, 'answered an issue without id and key');
  return issue;
}
