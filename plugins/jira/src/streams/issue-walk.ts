// The issues that changed since a time, oldest change first. Tokens and offsets are not trusted over a long way: whoever edits an
// issue meanwhile moves the others, and walks have been seen to end early without a word. So nearly every page is a search of its
// own, from the last change that was read on; deeper pages are asked for only where more issues changed in one second than fit.
import type { JiraContext } from '../config.ts';
import { parseIssue, type Issue } from '../issue.ts';
import { allOf } from '../jql.ts';
import { assertWhole } from '../search.ts';
import { badSearch, searchPage, type Page, type Place } from '../search-page.ts';
import { millisOf } from '../time.ts';
import { ISSUE_FIELDS } from './issue-row.ts';

interface ChangedIssue {
  readonly issue: Issue;
  readonly updated: number;
}

export interface ChangePage {
  readonly issues: readonly Issue[];
  /** Up to this time every change was read. */
  readonly through: number;
}

/** With whole descriptions, so that a page stays under the 10 MB an answer may have. Cloud gives no more anyway. */
const PAGE_SIZE = 100;
/** A million issues. Then the walk ends; what it read is committed, and the next one goes on from there. */
const MAX_PAGES = 10_000;
/** Pages in a row that bring nothing which this search did not bring before. */
const MAX_REPEATS = 3;
/** How often a crowded second is read again until nothing in it is new. */
const MAX_PASSES = 5;
/** Jira's index keeps whole seconds. */
const SECOND = 1000;

/** One search for `updated >= from`, page by page. */
interface Search {
  /** Which reading of a crowded second this is. */
  readonly pass: number;
  readonly ids: Set<string>;
  readonly places: Set<Place>;
  /** Of the page to read; undefined for the first. */
  place: Place | undefined;
  news: boolean;
  repeats: number;
}

/**
 * Yields every issue in its latest state at least once, in the order of the changes.
 * @throws VendorError `vendor_bad_response` when Jira repeats itself; what was yielded before is good.
 */
export async function* changedIssues(
  ctx: JiraContext,
  { where, since }: { readonly where: string | undefined; readonly since: number },
): AsyncGenerator<ChangePage> {
  /** What was read of the time from `from` on, so that nothing is yielded twice. */
  const seen = new Map<string, number>();
  let from = Math.max(0, since);
  let search = startSearch(1);
  for (let page = 0; page < MAX_PAGES; page++) {
    const jql = `${allOf(where, `updated >= ${from}`)} ORDER BY updated ASC, key ASC`;
    const answer = await searchPage(ctx, { jql, fields: ISSUE_FIELDS, pageSize: PAGE_SIZE }, search.place);
    const issues = await changesOn(ctx, answer);
    const fresh = issues.filter(({ issue, updated }) => seen.get(issue.id) !== updated);
    for (const { issue, updated } of fresh) seen.set(issue.id, updated);
    const deep = search.place !== undefined;
    if (fresh.length > 0) {
      const through = deep ? from : fresh.reduce((latest, { updated }) => Math.max(latest, updated), from);
      yield { issues: fresh.map(({ issue }) => issue), through };
    }
    await note(ctx, search, issues, fresh.length > 0);

    const { next, last } = answer;
    if (!deep && next === undefined && last === true) return;
    const reached = issues.reduce((latest, { updated }) => Math.max(latest, updated - (updated % SECOND)), from);
    // Whoever edits an issue moves it from a page that was read to the end, and the first of the next page onto the one that was read.
    const doubtful = search.news && search.pass < MAX_PASSES && (deep || last === undefined);
    if (reached > from && !(deep && doubtful)) {
      from = reached;
      search = startSearch(1);
      for (const [id, updated] of seen) if (updated < from) seen.delete(id);
    } else if (reached === from && next !== undefined) {
      await follow(ctx, search, next);
    } else if (doubtful) {
      search = startSearch(search.pass + 1);
    } else {
      if (last === false) throw await badSearch(ctx, 'says that more issues follow but not where');
      if (last === undefined) await assertWhole(ctx, allOf(where, `updated >= ${from}`), search.ids.size);
      return;
    }
  }
  ctx.log.warn('the walk over changed issues goes on with the next run', { pages: MAX_PAGES });
}

function startSearch(pass: number): Search {
  return { pass, ids: new Set(), places: new Set(), place: undefined, news: false, repeats: 0 };
}

async function changesOn(ctx: JiraContext, { issues }: Page): Promise<ChangedIssue[]> {
  const changes: ChangedIssue[] = [];
  for (const element of issues) {
    const issue = parseIssue(element);
    const updated = millisOf(issue?.fields.updated);
    if (issue === undefined || updated === null) {
      throw await badSearch(ctx, 'answered an issue without id, key and time of its last change');
    }
    changes.push({ issue, updated });
  }
  return changes;
}

async function note(ctx: JiraContext, search: Search, issues: readonly ChangedIssue[], news: boolean): Promise<void> {
  const before = search.ids.size;
  for (const { issue } of issues) search.ids.add(issue.id);
  search.news ||= news;
  search.repeats = search.ids.size > before ? 0 : search.repeats + 1;
  if (search.repeats >= MAX_REPEATS) throw await badSearch(ctx, 'repeats its pages');
}

async function follow(ctx: JiraContext, search: Search, next: Place): Promise<void> {
  if (search.places.has(next)) throw await badSearch(ctx, 'repeated a page token');
  search.places.add(next);
  search.place = next;
}
