import type { JiraContext } from '../config.ts';
import { deploymentOf } from '../deployment.ts';
import { ask, badResponse, isObject } from '../request.ts';

export interface FeedPage {
  readonly ids: number[];
  /** Time of the last change on the page, in milliseconds. */
  readonly until: number;
}

const MAX_PAGES = 10_000;

/**
 * Ids of the worklogs that were changed or deleted at or after a time. Jira holds back the last minute, so that nothing comes late.
 * @throws VendorError `vendor_bad_response` when the feed makes no progress.
 */
export async function* worklogFeed(
  ctx: JiraContext,
  what: 'updated' | 'deleted',
  from: number,
): AsyncGenerator<FeedPage> {
  const { kind } = await deploymentOf(ctx);
  const path = `/rest/api/${kind === 'cloud' ? 3 : 2}/worklog/${what}`;
  let since = Math.max(0, from);
  for (let page = 0; page < MAX_PAGES; page++) {
    const { values, until, lastPage } = await ask(ctx, `${path}?since=${since}`);
    if (!Array.isArray(values)) throw badResponse(path, 'answered no values array');
    const ids = values.map((change: unknown) => (isObject(change) ? Number(change.worklogId) : Number.NaN));
    if (!ids.every(Number.isSafeInteger)) throw badResponse(path, 'answered a change without the id of its worklog');
    const reached = typeof until === 'number' && ids.length > 0 ? until : since;
    yield { ids, until: reached };
    if (lastPage !== false) return;
    if (reached <= since) throw badResponse(path, 'says that more follows but makes no progress');
    since = reached;
  }
  ctx.log.warn('the walk over worklogs goes on with the next run', { pages: MAX_PAGES });
}
