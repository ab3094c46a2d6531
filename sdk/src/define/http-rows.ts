// How a query that is data runs: its pages become rows, and those are what `query` yields.
import { VendorError } from './errors.ts';
import { BadCell, type Epoch, toCell } from './http-cell.ts';
import { readPages, type AnswerPage, type Paging } from './http-pages.ts';
import { type FoundRow, MissingRows, rowFinder, type RowFinder, valueReader } from './http-path.ts';
import { fillRequest, namesIn, type RequestTemplate } from './http-request.ts';
import type { AnyQuery, ColumnDef, ColumnDefs, Context, ObjectSchemaDef, Role } from './types.ts';

type Params = Readonly<Record<string, unknown>>;
type Cells = Record<string, unknown>;

interface Source {
  readonly ctx: Context;
  readonly params: Params;
  readonly row: unknown;
}

type PlainColumn = ColumnDef & {
  readonly at?: string | readonly string[];
  readonly epoch?: Epoch;
  readonly default?: unknown;
  readonly read?: (value: unknown, source: Source) => unknown;
};

/** What `httpQuery` takes, without the types that help its author. */
export interface PlainHttpQuery {
  readonly title: string;
  readonly description?: string;
  readonly params?: ObjectSchemaDef;
  readonly role?: Role;
  readonly cache?: string;
  readonly rows: string;
  readonly columns: { readonly [name: string]: PlainColumn };
  readonly unique?: readonly string[];
  readonly where?: (row: Cells, source: Source) => boolean;
  readonly limit?: number | string;
  readonly request?: RequestTemplate;
  readonly pages?: Paging;
  readonly answers?: (ctx: Context, params: Params) => Promise<unknown> | AsyncIterable<unknown>;
}

/** Rows that are yielded at once. */
const BATCH = 1000;

/** @throws Error for a path or a name that cannot be right. */
export function compileRows(def: PlainHttpQuery): AnyQuery<Record<string, unknown>> {
  const { title, description, params, role, cache, columns, unique, where, limit } = def;
  assertNames(def.request, params);
  const find = rowFinder(def.rows);
  const toRow = rowReader(columns);
  return {
    title,
    ...(description === undefined ? {} : { description }),
    ...(params === undefined ? {} : { params }),
    ...(role === undefined ? {} : { role }),
    ...(cache === undefined ? {} : { cache }),
    columns: plainColumns(columns),
    async *rows(ctx, given: Params) {
      const isNew = noveltyOf(unique);
      let left = Number((typeof limit === 'string' ? given[limit] : limit) ?? Infinity);
      let count = 0;
      for await (const page of pagesOf(def, ctx, given)) {
        const found = foundIn(page, find);
        page.tell(found.map(({ value }) => value));
        const rows = found.flatMap((at) => {
          count += 1;
          const source = { ctx, params: given, row: at.value };
          const row = toRow(at, source, `${page.path}: row ${count}`);
          return where?.(row, source) !== false && isNew(row) ? [row] : [];
        });
        const wanted = rows.slice(0, left);
        left -= wanted.length;
        for (let start = 0; start < wanted.length; start += BATCH) yield wanted.slice(start, start + BATCH);
        if (left <= 0) return;
      }
    },
  };
}

function assertNames(request: RequestTemplate | undefined, params: ObjectSchemaDef | undefined): void {
  for (const name of namesIn(request)) {
    if (name.startsWith('config.') || Object.hasOwn(params?.properties ?? {}, name)) continue;
    const known = Object.keys(params?.properties ?? {}).join(', ') || 'there are none';
    throw new Error(`the request names {${name}}, which is no param (${known}) and no {config.…}`);
  }
}

function plainColumns(columns: { readonly [name: string]: ColumnDef }): ColumnDefs {
  return Object.fromEntries(
    Object.entries(columns).map(([name, { type, unit, label }]) => [
      name,
      { type, ...(unit === undefined ? {} : { unit }), ...(label === undefined ? {} : { label }) },
    ]),
  );
}

async function* pagesOf(
  { request, pages, answers }: PlainHttpQuery,
  ctx: Context,
  params: Params,
): AsyncGenerator<AnswerPage> {
  if (request !== undefined) {
    yield* readPages(ctx, fillRequest(request, { config: ctx.config, params }), pages);
    return;
  }
  const given = answers?.(ctx, params) ?? [];
  const list = Symbol.asyncIterator in given ? given : [await given];
  for await (const answer of list) yield { answer, path: 'the answer', tell: () => undefined };
}

function foundIn({ answer, path }: AnswerPage, find: RowFinder): FoundRow[] {
  try {
    return find(answer);
  } catch (error) {
    if (!(error instanceof MissingRows)) throw error;
    throw new VendorError('vendor_bad_response', `${path} ${error.message}`);
  }
}

type RowReader = (at: FoundRow, source: Source, where: string) => Cells;

function rowReader(columns: PlainHttpQuery['columns']): RowReader {
  const readers = Object.entries(columns).map(([name, column]) => [name, cellReader(name, column)] as const);
  return (at, source, where) => Object.fromEntries(readers.map(([name, read]) => [name, read(at, source, where)]));
}

function cellReader(name: string, column: PlainColumn): (...of: Parameters<RowReader>) => unknown {
  const { at = name, type, epoch, read, default: missing = null } = column;
  const find = valueReader(typeof at === 'string' ? [at] : at);
  return (row, source, where) => {
    const value = find(row);
    if (read !== undefined) return read(value, source) ?? missing;
    if (value === undefined) return missing;
    try {
      return toCell(value, type, epoch);
    } catch (error) {
      if (!(error instanceof BadCell)) throw error;
      throw new VendorError('vendor_bad_response', `${where}: "${name}" must be ${error.message}`);
    }
  };
}

/** Whether a row is the first with these values. */
function noveltyOf(unique: readonly string[] | undefined): (row: Cells) => boolean {
  if (unique === undefined) return () => true;
  const seen = new Set<string>();
  return (row) => {
    const before = seen.size;
    return seen.add(JSON.stringify(unique.map((name) => row[name]))).size > before;
  };
}
