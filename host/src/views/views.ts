// Reads synced rows, for queries and widgets alike: one language, one statement for any number of instances.
import { isGrouped, type Column, type ManifestView, type ObjectSchema, viewFindings } from '@jackfield/schemas';
import type { ClientScope } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Store } from '../store/index.ts';
import type { StreamTables } from '../sync/index.ts';
import { type LastRead, readLastReads } from './last-reads.ts';
import { scopeOf } from './scope.ts';
import { compileView, type Group, type Per, SYNCED } from './statement.ts';

export interface ViewRequest {
  readonly plugin: string;
  readonly view: ManifestView;
  /** Schema of the params, where there are any. */
  readonly params?: ObjectSchema | undefined;
  /** Of the one who asks. */
  readonly clients: ClientScope;
  /** Whose rows, and with which params. None: no rows. */
  readonly groups: readonly Group[];
  /** Left out: what the view says. */
  readonly per?: Per | undefined;
}

export interface ViewRows {
  /** The first says what a row is of, where there is something to say. */
  readonly columns: readonly Column[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** When the newest of the rows was written, ISO 8601; null when there is none. */
  readonly asOf: string | null;
  /** There are more rows than the view's limit. */
  readonly truncated: boolean;
}

export interface Views {
  /**
   * @throws Problem `params_invalid` when the view does not fit its stream, or a param its column; `not_found` when there is no such
   * stream, `conflict` when it needs a repair, `timeout` when the rows are too many to look at.
   */
  read(request: ViewRequest): Promise<ViewRows>;
  /** How fresh the rows of these instances are. */
  lastReads(
    stream: string,
    instanceIds: readonly string[],
    clients: ClientScope,
  ): Promise<ReadonlyMap<string, LastRead>>;
}

export interface ViewsParts {
  readonly store: Pick<Store, 'readAs'>;
  readonly tables: Pick<StreamTables, 'shape'>;
  readonly limits: Limits;
}

/** PostgreSQL: query_canceled, which is what a statement timeout says. */
const CANCELED = '57014';

export function createViews({ store: { readAs }, tables, limits }: ViewsParts): Views {
  const { viewRows, viewRowsMost } = limits.sync;
  return {
    async read({ plugin, view, params, groups, per, clients }) {
      const shape = tables.shape(plugin, view.stream);
      assertFits(view, shape.columns, params);
      const limit = Math.min(limitOf(view, groups) ?? viewRows, viewRowsMost);
      const asked = groups.length === 0 ? [{ scope: scopeOf([]), params: {} }] : groups;
      const chosen = per ?? view.per ?? 'instance';
      if (!isGrouped(view) && (chosen === 'all' || chosen === 'client')) throw notGrouped(chosen);
      const { columns, select } = compileView(view, shape, { groups: asked, per: chosen, limit: limit + 1 });
      const { rows: found } = await readAs(clients, (seen) => select.execute(seen)).catch((error: unknown) => {
        if ((error as { code?: unknown }).code !== CANCELED) throw error;
        throw new Problem('timeout', `the rows of the stream "${view.stream}" are too many to look at`, {
          plugin,
          next: 'Ask for fewer instances, or a shorter time.',
        });
      });
      let asOf: string | null = null;
      const rows = found.slice(0, limit).map(({ [SYNCED]: synced, ...row }) => {
        if (typeof synced === 'string' && (asOf === null || synced > asOf)) asOf = synced;
        return row;
      });
      return { columns, rows, asOf, truncated: found.length > limit };
    },

    lastReads: (stream, instanceIds, clients) => readAs(clients, (seen) => readLastReads(seen, stream, instanceIds)),
  };
}

/** Of different params, what the most generous says. */
function limitOf({ limit }: ManifestView, groups: readonly Group[]): number | undefined {
  if (typeof limit !== 'object') return limit;
  const wanted = groups.map(({ params }) => params[limit.param]).filter((value) => typeof value === 'number');
  return wanted.length === 0 ? undefined : Math.max(1, ...wanted.map(Math.floor));
}

function assertFits(view: ManifestView, columns: readonly Column[], params: ObjectSchema | undefined): void {
  const errors = viewFindings(view, columns, params);
  if (errors.length === 0) return;
  const detail = errors.map(({ pointer, message }) => `${pointer} ${message}`.trim()).join('; ');
  throw new Problem('params_invalid', `the view does not fit the stream "${view.stream}": ${detail}`, { errors });
}

function notGrouped(per: Per): Problem {
  const errors = [{ pointer: '/per', message: `must be "instance" where rows are not grouped (got "${per}")` }];
  return new Problem('params_invalid', 'rows that are not grouped are of an instance each', { errors });
}
