// Jira tells which worklogs changed and which were deleted, by id and time; the bodies are asked for by id.
import { checkpoint, remove, upsert, type Cursor } from '@jackfield/sdk';
import type { JiraContext } from '../config.ts';
import { deploymentOf } from '../deployment.ts';
import { existingIssues } from '../issue-fetch.ts';
import { personOf } from '../issue.ts';
import { askJson, badResponse, isObject } from '../request.ts';
import { richTextOf } from '../rich-text.ts';
import { DAY, datetimeOf } from '../time.ts';
import { OVERLAP_MS, stream } from './stream.ts';
import { worklogFeed } from './worklog-feed.ts';

export const worklogs = stream({
  title: 'Work logged',
  description: 'Time booked on tickets; comments as plain text. Those of a deleted ticket stay until Jira names them.',
  columns: {
    id: { type: 'integer', label: 'Id' },
    issueId: { type: 'integer', label: 'Ticket id' },
    author: { type: 'string', label: 'Author' },
    authorId: { type: 'string', label: 'Account of the author' },
    started: { type: 'datetime', label: 'Started' },
    timeSpent: { type: 'integer', unit: 's', label: 'Time spent' },
    comment: { type: 'string', label: 'Comment' },
    created: { type: 'datetime', label: 'Created' },
    updated: { type: 'datetime', label: 'Updated' },
  },
  primaryKey: ['id'],
  version: 'updated',
  deletion: 'explicit',
  every: '5m',
  async *read(ctx, from) {
    const cursor = parseCursor(from, ctx.now().getTime());
    // First what changed, then what is gone: a worklog that was deleted meanwhile does not come back.
    for await (const { ids, until } of worklogFeed(ctx, 'updated', cursor.updated - OVERLAP_MS)) {
      const rows = await rowsOf(ctx, ids);
      if (rows.length > 0) yield upsert(rows);
      cursor.updated = Math.max(cursor.updated, until);
      yield checkpoint({ ...cursor });
    }
    for await (const { ids, until } of worklogFeed(ctx, 'deleted', cursor.deleted - OVERLAP_MS)) {
      if (ids.length > 0) yield remove(ids.map((id) => ({ id })));
      cursor.deleted = Math.max(cursor.deleted, until);
      yield checkpoint({ ...cursor });
    }
  },
});

interface WorklogCursor {
  updated: number;
  deleted: number;
}

function parseCursor(cursor: Cursor, now: number): WorklogCursor {
  if (isObject(cursor) && typeof cursor.updated === 'number' && typeof cursor.deleted === 'number') {
    return { updated: cursor.updated, deleted: cursor.deleted };
  }
  // What was deleted before the first read was never stored; a day is more than clocks differ.
  return { updated: 0, deleted: Math.max(0, now - DAY) };
}

async function rowsOf(ctx: JiraContext, ids: readonly number[]) {
  if (ids.length === 0) return [];
  const { kind } = await deploymentOf(ctx);
  const path = `/rest/api/${kind === 'cloud' ? 3 : 2}/worklog/list`;
  // Those that were deleted since are left out.
  const answer = await askJson(ctx, path, { body: { ids } });
  if (!Array.isArray(answer)) throw badResponse(path, 'answered no array of worklogs');
  const rows = answer.map((worklog: unknown) => rowOf(worklog, path));
  if ((ctx.config.projects ?? []).length === 0) return rows;
  // The feed is the whole site's.
  const inScope = await existingIssues(ctx, [...new Set(rows.map(({ issueId }) => issueId))]);
  return rows.filter(({ issueId }) => inScope.has(issueId));
}

function rowOf(worklog: unknown, path: string) {
  const { id, issueId } = isObject(worklog) ? worklog : {};
  if (!isObject(worklog) || !isId(id) || !isId(issueId)) throw badResponse(path, 'answered a worklog without its ids');
  const author = personOf(worklog.author);
  return {
    id: Number(id),
    issueId: Number(issueId),
    author: author?.name ?? null,
    authorId: author?.id ?? null,
    started: datetimeOf(worklog.started),
    timeSpent: typeof worklog.timeSpentSeconds === 'number' ? Math.round(worklog.timeSpentSeconds) : null,
    comment: richTextOf(worklog.comment),
    created: datetimeOf(worklog.created),
    updated: datetimeOf(worklog.updated),
  };
}

function isId(value: unknown): boolean {
  return (typeof value === 'string' || typeof value === 'number') && /^\d{1,15}$/.test(String(value));
}
