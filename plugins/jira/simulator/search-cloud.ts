// Cloud's search: opaque tokens, closed bodies, bounded JQL only, and pages as short as it likes.
import { refusal, type Answer, type Call } from './answer.ts';
import { isRecord, isTexts, textIn } from './body.ts';
import { JqlError } from './jql-parser.ts';
import { searchByJql } from './jql-search.ts';
import { representIssue } from './representation.ts';
import { shorter } from './short-pages.ts';
import type { Site } from './site.ts';
import type { SimIssue } from './world.ts';

const SEARCH_PROPERTIES: Record<string, (value: unknown) => boolean> = {
  jql: (value) => typeof value === 'string',
  nextPageToken: (value) => typeof value === 'string',
  maxResults: Number.isInteger,
  fields: isTexts,
  expand: (value) => typeof value === 'string',
  properties: isTexts,
  fieldsByKeys: (value) => typeof value === 'boolean',
  failFast: (value) => typeof value === 'boolean',
  reconcileIssues: (value) => Array.isArray(value) && value.length <= 50 && value.every(Number.isInteger),
};
/** The published schema of the POST body does not have it. */
const QUERY_ONLY = new Set(['failFast']);

/** Where the fault `truncated-walk` ends every walk as if nothing more followed. */
const TRUNCATED_AT = 300;

const UNREADABLE = 'There was an error parsing JSON. Check that your request body is valid.';

export function searchCloud(site: Site, call: Call): Answer {
  const asked = call.method === 'GET' ? fromQuery(call.query) : call.body;
  if (!isRecord(asked)) return refusal(400, UNREADABLE);
  for (const [name, value] of Object.entries(asked)) {
    const isValid = call.method === 'POST' && QUERY_ONLY.has(name) ? undefined : SEARCH_PROPERTIES[name];
    if (!isValid?.(value)) return refusal(400, UNREADABLE);
  }
  const { maxResults = 50, nextPageToken } = asked;
  const jql = textIn(asked, 'jql');
  const fields = isTexts(asked.fields) ? asked.fields : undefined;
  const fresh = new Set(Array.isArray(asked.reconcileIssues) ? asked.reconcileIssues.map(String) : []);
  return answerBounded(site, jql, fresh, (issues) => {
    const offset = typeof nextPageToken === 'string' ? readToken(nextPageToken, jql) : 0;
    if (offset === undefined) return refusal(400, 'The provided next page token is invalid.');
    const size = Math.max(1, Math.min(Number(maxResults), pageCap(fields)));
    return page(site, issues, { offset, size, jql, fields });
  });
}

export function countCloud(site: Site, call: Call): Answer {
  if (!isRecord(call.body) || Object.keys(call.body).some((name) => name !== 'jql')) return refusal(400, UNREADABLE);
  return answerBounded(site, textIn(call.body, 'jql'), new Set(), (issues) => ({
    status: 200,
    json: { count: issues.length },
  }));
}

export function searchRemoved(): Answer {
  return refusal(
    410,
    'The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046',
  );
}

function answerBounded(
  site: Site,
  jql: string,
  fresh: ReadonlySet<string>,
  answer: (issues: readonly SimIssue[]) => Answer,
): Answer {
  try {
    const { bounded, issues } = searchByJql(site, jql, { fresh });
    if (!bounded) {
      return refusal(400, 'Unbounded JQL queries are not allowed here. Please add a search restriction to your query.');
    }
    return answer(site.faults.has('anonymous') ? [] : issues);
  } catch (error) {
    if (error instanceof JqlError) return refusal(400, error.message);
    throw error;
  }
}

interface PageAsked {
  readonly offset: number;
  readonly size: number;
  readonly jql: string;
  readonly fields: readonly string[] | undefined;
}

function page(site: Site, found: readonly SimIssue[], { offset, size, jql, fields }: PageAsked): Answer {
  const represent = (issues: readonly SimIssue[]): object[] =>
    issues.map((issue) => representIssue(issue, fields, site));
  const { faults } = site;
  if (faults.has('repeat-token')) {
    return {
      status: 200,
      json: { issues: represent(found.slice(0, size)), nextPageToken: token(0, jql), isLast: false },
    };
  }
  if (faults.has('endless')) {
    const issues = represent(found.slice(offset % found.length, (offset % found.length) + 5));
    return { status: 200, json: { issues, nextPageToken: token(offset + 5, jql), isLast: false } };
  }
  const end = offset + (faults.has('short-pages') ? shorter(size, offset) : size);
  const isLast = end >= found.length || (faults.has('truncated-walk') && end >= TRUNCATED_AT);
  const start = faults.has('overlap') ? Math.max(0, offset - 3) : offset;
  return {
    status: 200,
    json: {
      issues: represent(found.slice(start, end)),
      ...(faults.has('no-paging') ? {} : pagingOf(isLast, end, jql, faults)),
    },
  };
}

function pagingOf(isLast: boolean, end: number, jql: string, faults: Site['faults']): object {
  return {
    ...(isLast || faults.has('lost-page') ? {} : { nextPageToken: token(end, jql) }),
    isLast: isLast && !faults.has('lost-page'),
  };
}

/** 5,000 with ids alone; the more fields, the fewer issues. */
function pageCap(fields: readonly string[] | undefined): number {
  if ((fields ?? ['id']).every((field) => field === 'id' || field === 'key')) return 5000;
  return (fields?.length ?? 0) <= 4 && !fields?.some((field) => field.startsWith('*')) ? 100 : 50;
}

function token(offset: number, jql: string): string {
  return Buffer.from(JSON.stringify([offset, jql])).toString('base64url');
}

/** The offset a token stands for; undefined when it belongs to another search. */
function readToken(text: string, jql: string): number | undefined {
  try {
    const [offset, of]: unknown[] = JSON.parse(Buffer.from(text, 'base64url').toString());
    return typeof offset === 'number' && of === jql ? offset : undefined;
  } catch {
    return undefined;
  }
}

function fromQuery(query: URLSearchParams): Record<string, unknown> {
  const asked: Record<string, unknown> = Object.fromEntries(query);
  if (query.has('maxResults')) asked.maxResults = Number(query.get('maxResults'));
  if (query.has('fields')) asked.fields = query.getAll('fields').flatMap((field) => field.split(','));
  return asked;
}
