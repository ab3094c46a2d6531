// What a run does with the plugin's code, by the kind of its work.
import type { Column } from '@jackfield/schemas';
import type { AnyQuery, CheckResult, Context } from '../define/types.ts';
import type { Plugin } from '../define/plugin.ts';
import { clip, PluginMistake } from './faults.ts';
import type { Misspelling } from './misspelt.ts';
import { performJob } from './perform-job.ts';
import { performMigration } from './perform-migration.ts';
import { performQuery } from './perform-query.ts';
import { performRoute } from './perform-route.ts';
import { performCensus, performGone, performRead } from './perform-stream.ts';
import type { Inventory, RunValue, Work } from './protocol.ts';
import type { RowStream } from './row-stream.ts';

/** Where a run's rows go. */
export interface Output {
  readonly rows: RowStream;
  readonly signal: AbortSignal;
  /** Tells the columns of a query whose columns come with its answer. */
  readonly announce: (columns: readonly Column[]) => void;
  /** Tells of a name in its rows that is not quite a column's. */
  readonly misspelt: (misspelling: Misspelling) => void;
}

const CHECK_CHARACTERS = 500;
const EXPIRIES = 100;
const EXPIRY_CHARACTERS = 200;

/** @throws whatever the plugin throws, and PluginMistake for what it does wrong. */
export async function perform(work: Work, plugin: Plugin, context: Context, output: Output): Promise<RunValue> {
  switch (work.kind) {
    case 'check':
      return { check: await performCheck(plugin, context) };
    case 'query':
      await performQuery(liveQuery(plugin, work.id), work, context, output);
      return {};
    case 'stream':
      await performRead(contribution(plugin.streams, work.id, 'stream'), work, context, output);
      return {};
    case 'census':
      await performCensus(contribution(plugin.streams, work.id, 'stream'), work, context, output);
      return {};
    case 'gone':
      return { gone: await performGone(contribution(plugin.streams, work.id, 'stream'), work, context) };
    case 'route':
      return { answer: await performRoute(contribution(plugin.routes, work.id, 'route'), work, context, output) };
    case 'job':
      return { job: await performJob(contribution(plugin.jobs, work.id, 'job'), work.event, context) };
    case 'migration':
      return { migrated: performMigration(plugin, work, context.config) };
    case 'load':
      return { inventory: inventoryOf(plugin) };
  }
}

function inventoryOf(plugin: Plugin): Inventory {
  const { check, queries = {}, streams = {}, routes = {}, jobs = {} } = plugin;
  const ids = (contributions: object): string[] => Object.keys(contributions).toSorted();
  return {
    check: check !== undefined,
    queries: ids(queries),
    streams: ids(streams),
    routes: ids(routes),
    jobs: ids(jobs),
  };
}

function liveQuery(plugin: Plugin, id: string): AnyQuery<Record<string, unknown>> {
  const query = contribution(plugin.queries, id, 'query');
  if ('view' in query) throw new PluginMistake('the query is answered by the host, from synced rows');
  return query;
}

function contribution<T>(items: Readonly<Record<string, T>> | undefined, id: string, kind: string): T {
  const found = items !== undefined && Object.hasOwn(items, id) ? items[id] : undefined;
  if (found === undefined) throw new PluginMistake(`the bundle has no such ${kind}`);
  return found;
}

async function performCheck(plugin: Plugin, context: Context): Promise<NonNullable<RunValue['check']>> {
  if (plugin.check === undefined) throw new PluginMistake('the bundle has no check');
  const result: unknown = await plugin.check(context);
  const { message, expires } = (typeof result === 'object' && result !== null ? result : {}) as Partial<
    Record<keyof CheckResult, unknown>
  >;
  if (typeof message !== 'string') throw new PluginMistake('it must return { message }');
  const found = { message: clip(message, CHECK_CHARACTERS) };
  return expires === undefined ? found : { ...found, expires: readExpiries(expires) };
}

function readExpiries(expires: unknown): { what: string; at: string }[] {
  if (!Array.isArray(expires) || expires.length > EXPIRIES) {
    throw new PluginMistake(`"expires" must be an array of up to ${EXPIRIES} items`);
  }
  return expires.map((item: { what?: unknown; at?: unknown } | null, index) => {
    const { what, at } = item ?? {};
    const time = at instanceof Date ? at.getTime() : typeof at === 'string' ? Date.parse(at) : Number.NaN;
    if (typeof what !== 'string' || what === '' || Number.isNaN(time)) {
      throw new PluginMistake(`"expires"[${index}] must be { what, at }: a text, and a Date or RFC 3339 text`);
    }
    return { what: clip(what, EXPIRY_CHARACTERS), at: new Date(time).toISOString() };
  });
}
