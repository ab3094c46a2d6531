// Data Center's search: offset and total, page size capped by the administrator, unknown properties ignored.
import { refusal, type Answer, type Call } from './answer.ts';
import { isRecord, isTexts, textIn } from './body.ts';
import { JqlError } from './jql-parser.ts';
import { searchByJql } from './jql-search.ts';
import { representIssue } from './representation.ts';
import { shorter } from './short-pages.ts';
import type { Site } from './site.ts';
import type { SimIssue } from './world.ts';

/** `jira.search.views.default.max` of this site; small enough that walks have several pages. */
const PAGE_CAP = 250;
/** Where the fault `truncated-walk` ends every walk. */
const TRUNCATED_AT = 300;

export function searchDataCenter(site: Site, call: Call): Answer {
  const asked = call.method === 'GET' ? Object.fromEntries(call.query) : call.body;
  if (!isRecord(asked)) return refusal(400, 'Cannot parse the request body.');
  const maxResults = Math.min(Number(asked.maxResults ?? 50), PAGE_CAP);
  const fields = isTexts(asked.fields)
    ? asked.fields
    : typeof asked.fields === 'string'
      ? asked.fields.split(',')
      : undefined;
  const lenient = asked.validateQuery === false || asked.validateQuery === 'false';
  let found: readonly SimIssue[];
  try {
    found = searchByJql(site, textIn(asked, 'jql'), { lenient }).issues;
  } catch (error) {
    if (error instanceof JqlError) return refusal(400, error.message);
    throw error;
  }
  if (site.faults.has('anonymous')) found = [];
  const { startAt, from, size, total } = pageOf(site, found.length, Number(asked.startAt ?? 0), maxResults);
  const issues = found.slice(from, from + size).map((issue) => representIssue(issue, fields, site));
  return { status: 200, json: { expand: 'schema,names', startAt, maxResults, total, issues } };
}

interface Page {
  readonly startAt: number;
  readonly from: number;
  readonly size: number;
  readonly total: number;
}

/** Where the page is cut, and what the faults of paging make of it. */
function pageOf({ faults }: Site, found: number, startAt: number, size: number): Page {
  const page = { startAt, from: startAt, size, total: found };
  if (faults.has('repeat-token')) return { ...page, startAt: 0, from: 0 };
  if (faults.has('endless')) return { startAt, from: startAt % found, size: 5, total: startAt + 1_000_000 };
  if (faults.has('short-pages')) return { ...page, size: size === 0 ? 0 : shorter(size, startAt) };
  if (faults.has('truncated-walk')) return { ...page, total: Math.min(found, TRUNCATED_AT) };
  if (startAt === 0) return page;
  if (faults.has('lost-page')) return { ...page, size: 0 };
  // Three issues came in before the others after the first page was read.
  if (faults.has('overlap')) return { ...page, from: startAt - 3, total: found + 3 };
  return page;
}
