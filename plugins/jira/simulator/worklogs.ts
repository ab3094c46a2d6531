// Time people booked. Changes and deletions are told by feeds that leave out the last minute; an issue itself shows twenty only.
import { refusal, type Answer, type Call } from './answer.ts';
import { isRecord } from './body.ts';
import { PEOPLE, type SimPerson } from './projects.ts';
import { createRandom, pick } from './random.ts';
import { jiraTime } from './jira-time.ts';
import { representPerson } from './person.ts';
import { representText, type SimText } from './rich-text.ts';
import type { Site } from './site.ts';
import { findIssue, type SimIssue } from './world.ts';

export interface SimWorklog {
  readonly id: number;
  readonly issueId: string;
  readonly author: SimPerson;
  comment: SimText | null;
  readonly started: number;
  seconds: number;
  readonly created: number;
  updated: number;
}

export const EMBEDDED_WORKLOGS = 20;
const FEED_PAGE = 1000;
const LIST_LIMIT = 1000;
const SILENT_MS = 60_000;

/** One or two on every third issue, and one issue with more than it shows; counts them in `spent`. */
export function createWorklogs(seed: number, issues: readonly SimIssue[], now: number): Map<number, SimWorklog> {
  const random = createRandom(seed ^ 0x1099);
  const worklogs = new Map<number, SimWorklog>();
  for (const [index, issue] of issues.entries()) {
    const count = index === 10 ? EMBEDDED_WORKLOGS + 5 : index % 3 === 0 ? 1 + Math.floor(random() * 2) : 0;
    for (let i = 0; i < count; i++) {
      const id = 500_000 + worklogs.size;
      const created = issue.created + Math.floor(random() * Math.max(1, now - issue.created - 2 * SILENT_MS));
      const seconds = 60 * (1 + Math.floor(random() * 240));
      issue.spent += seconds;
      worklogs.set(id, {
        id,
        issueId: issue.id,
        author: pick(random, PEOPLE),
        comment: random() < 0.3 ? null : { paragraphs: ['Looked into it.'], points: [] },
        started: created - 3_600_000,
        seconds,
        created,
        updated: created,
      });
    }
  }
  return worklogs;
}

export function changedWorklogs(site: Site, call: Call): Answer {
  const changes = [...site.worklogs.values()].map(({ id, updated }) => ({ id, at: updated }));
  return feed(site, call, changes);
}

export function deletedWorklogs(site: Site, call: Call): Answer {
  return feed(site, call, site.deletedWorklogs);
}

function feed(
  site: Site,
  { path, query }: Call,
  changes: readonly { readonly id: number; readonly at: number }[],
): Answer {
  const since = Number(query.get('since') ?? 0);
  if (!Number.isInteger(since) || since < 0) return refusal(400, 'since is not a time in milliseconds');
  const silent = site.faults.has('anonymous') ? -Infinity : site.now() - SILENT_MS;
  const found = changes.filter(({ at }) => at >= since && at <= silent).sort((a, b) => a.at - b.at || a.id - b.id);
  // `since` is included, so a page never ends within one millisecond: its rest could not be asked for.
  let end = FEED_PAGE;
  while (end < found.length && found[end]?.at === found[end - 1]?.at) end++;
  const page = found.slice(0, end);
  const until = page.at(-1)?.at ?? since;
  const lastPage = end >= found.length;
  return {
    status: 200,
    json: {
      values: page.map(({ id, at }) => ({ worklogId: id, updatedTime: at, properties: [] })),
      since,
      until,
      self: `${site.url}${path}?since=${since}`,
      ...(lastPage ? {} : { nextPage: `${site.url}${path}?since=${until}` }),
      lastPage,
    },
  };
}

/** Ids that do not exist are left out. */
export function listWorklogs(site: Site, { body }: Call): Answer {
  const ids = isRecord(body) ? body.ids : undefined;
  if (!Array.isArray(ids) || !ids.every(Number.isInteger)) return refusal(400, 'ids must be numbers');
  if (ids.length > LIST_LIMIT) return refusal(400, `The limit of ${LIST_LIMIT} worklogs is exceeded.`);
  if (site.faults.has('anonymous')) return { status: 200, json: [] };
  const found = ids.flatMap((id: number) => site.worklogs.get(id) ?? []);
  return { status: 200, json: found.map((worklog) => representWorklog(worklog, site)) };
}

export function issueWorklogs(site: Site, { path, query }: Call): Answer {
  const issue = findIssue(site, decodeURIComponent(path.split('/')[5] ?? ''));
  if (!issue) return refusal(404, 'Issue does not exist or you do not have permission to see it.');
  const startAt = Number(query.get('startAt') ?? 0);
  const maxResults = Math.min(Number(query.get('maxResults') ?? 5000), 5000);
  return { status: 200, json: worklogPage(issue.id, site, startAt, maxResults) };
}

export function worklogPage(issueId: string, site: Site, startAt: number, maxResults: number): object {
  const all = [...site.worklogs.values()].filter((worklog) => worklog.issueId === issueId);
  const worklogs = all.slice(startAt, startAt + maxResults).map((worklog) => representWorklog(worklog, site));
  return { startAt, maxResults, total: all.length, worklogs };
}

function representWorklog(worklog: SimWorklog, site: Site): object {
  const { id, issueId, author, comment, seconds } = worklog;
  const api = site.deployment === 'cloud' ? '3' : '2';
  return {
    self: `${site.url}/rest/api/${api}/issue/${issueId}/worklog/${id}`,
    author: representPerson(author, site),
    updateAuthor: representPerson(author, site),
    ...(comment === null ? {} : { comment: representText(comment, site) }),
    created: jiraTime(worklog.created, site),
    updated: jiraTime(worklog.updated, site),
    started: jiraTime(worklog.started, site),
    timeSpent: `${Math.round(seconds / 60)}m`,
    timeSpentSeconds: seconds,
    id: String(id),
    issueId,
  };
}
