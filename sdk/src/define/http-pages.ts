// The answers to a request, page by page. A vendor that repeats itself or does not end is stopped: nobody waits for it, and no page
// counts twice.
import { VendorError } from './errors.ts';
import { readJson } from './json.ts';
import type { Context } from './types.ts';
import { valueReader } from './http-path.ts';
import type { FilledRequest } from './http-request.ts';

/** How the next page is found. Names are of query parameters, or of members of the body where there is one. */
export type Paging =
  /** The answer has a token at `next`, which is sent as `param`; none is the end. */
  | { readonly by: 'token'; readonly param: string; readonly next: string }
  /**
   * `param` says how many rows to leave out; it moves by what came, since vendors give fewer than they are asked for. The end is where
   * `total` or `last` in the answer say so, else a page without rows.
   */
  | { readonly by: 'offset'; readonly param: string; readonly total?: string; readonly last?: string }
  /** The same with numbers of pages. `first` is 1 when it is left out. */
  | {
      readonly by: 'page';
      readonly param: string;
      readonly first?: number;
      readonly total?: string;
      readonly last?: string;
    }
  /** The `next` of the Link header, or a URL in the answer at `next`. */
  | { readonly by: 'link'; readonly next?: string };

/** A walk that is longer belongs into a stream. */
const MAX_PAGES = 1000;

/** An answer, to be told the rows in it: some walks go on from their number, and the same ones twice are a loop. */
export interface AnswerPage {
  readonly answer: unknown;
  /** Where it came from, for what is said about it. */
  readonly path: string;
  /** Call it before the next page is asked for. */
  tell(rows: readonly unknown[]): void;
}

/** Where to go on, nowhere, or what is wrong with the page. */
type Next = { readonly place: string | number } | { readonly wrong: string } | undefined;

/** @throws VendorError as `readJson`, and `vendor_bad_response` when the walk makes no progress or does not end. */
export async function* readPages(
  ctx: Context,
  request: FilledRequest,
  paging: Paging | undefined,
): AsyncGenerator<AnswerPage> {
  const { path } = request;
  const bad = (what: string): VendorError => new VendorError('vendor_bad_response', `${path} ${what}`);
  const places = new Set<string | number>();
  let place: string | number | undefined = paging?.by === 'page' ? (paging.first ?? 1) : undefined;
  let before: string | undefined;
  let rowsSoFar = 0;
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const response = await send(ctx, request, paging, place);
    const answer = await readJson<unknown>(response);
    let rows = 0;
    yield {
      answer,
      path,
      tell(found) {
        rows = found.length;
        if (paging === undefined || rows === 0) return;
        const seen = JSON.stringify(found);
        if (seen === before) throw bad(`answered the same page twice, the second time as page ${page}`);
        before = seen;
      },
    };
    rowsSoFar += rows;
    const next = paging === undefined ? undefined : nextOf(paging, { response, answer, rows, rowsSoFar, page });
    if (next === undefined) return;
    if ('wrong' in next) throw bad(next.wrong);
    if (places.has(next.place)) throw bad(`named a page a second time after ${page} pages`);
    places.add(next.place);
    place = next.place;
  }
  throw bad(`did not end after ${MAX_PAGES} pages: ask for less`);
}

interface Read {
  readonly response: Response;
  readonly answer: unknown;
  readonly rows: number;
  readonly rowsSoFar: number;
  readonly page: number;
}

function nextOf(paging: Paging, { response, answer, rows, rowsSoFar, page }: Read): Next {
  const read = (path: string | undefined): unknown =>
    path === undefined ? undefined : valueReader([path])({ value: answer, key: null, around: [] });
  switch (paging.by) {
    case 'token': {
      const token = read(paging.next);
      if (token === undefined) return undefined;
      return typeof token === 'string' || typeof token === 'number'
        ? { place: token }
        : { wrong: 'names a next page that is no token' };
    }
    case 'link': {
      const link = paging.next === undefined ? linkOf(response.headers.get('link')) : read(paging.next);
      if (link === undefined) return undefined;
      if (typeof link !== 'string' || !URL.canParse(link, response.url))
        return { wrong: 'names a next page that is no URL' };
      return { place: new URL(link, response.url).href };
    }
    case 'offset':
    case 'page': {
      const total = numberOf(read(paging.total));
      const last = read(paging.last);
      if (last === true || (total !== undefined && rowsSoFar >= total)) return undefined;
      if (rows === 0)
        return total === undefined && last !== false
          ? undefined
          : { wrong: `stopped after ${rowsSoFar} rows though there are more` };
      return { place: paging.by === 'offset' ? rowsSoFar : (paging.first ?? 1) + page };
    }
  }
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

/** The target of `rel="next"`. */
function linkOf(header: string | null): string | undefined {
  for (const [, target, params = ''] of (header ?? '').matchAll(/<([^>]*)>((?:[^,<"]|"[^"]*")*)/g)) {
    if (/;\s*rel\s*=\s*"?[^"]*\bnext\b/i.test(params)) return target;
  }
  return undefined;
}

function send(
  ctx: Context,
  { path, query, headers, body }: FilledRequest,
  paging: Paging | undefined,
  place: string | number | undefined,
): Promise<Response> {
  const common = { accept: 'application/json', ...headers };
  const isUrl = paging?.by === 'link' && place !== undefined;
  const sent = paging === undefined || paging.by === 'link' || place === undefined ? {} : { [paging.param]: place };
  if (body !== undefined) {
    return ctx.fetch(isUrl ? String(place) : urlOf(path, query), {
      method: 'POST',
      // A query reads, whatever it is sent with.
      headers: { ...common, 'content-type': 'application/json', 'x-jackfield-idempotent': '1' },
      body: JSON.stringify({ ...body, ...sent }),
      signal: ctx.signal,
    });
  }
  const all = new URLSearchParams(query);
  for (const [name, value] of Object.entries(sent)) all.set(name, String(value));
  return ctx.fetch(isUrl ? String(place) : urlOf(path, all), { headers: common, signal: ctx.signal });
}

function urlOf(path: string, query: URLSearchParams): string {
  return query.size === 0 ? path : `${path}${path.includes('?') ? '&' : '?'}${query.toString()}`;
}
