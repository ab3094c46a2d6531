// A simulated site whose clock stands still, and the plugin's queries run against it the way the host would call them.
import { isVendorError, type AnyQuery, type ColumnDefs, type Context, type VendorError } from '@jackfield/sdk';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import { directContext } from '../../../tests/support/plugin-context.ts';
import { createJiraSimulator, type JiraSimulator, type JiraSimulatorOptions } from '../simulator/server.ts';
import plugin from '../src/plugin.ts';

/** A Monday; the day before, Europe put its clocks forward. */
export const NOW = Date.parse('2026-03-30T09:17:23.456Z');
export const SEED = Number(process.env.SEED ?? 7);

export type Rows = Record<string, unknown>[];

/** What queries cannot be run without. */
const REQUIRED: Readonly<Record<string, Record<string, unknown>>> = { jql: { jql: 'created >= -30d' } };

type LiveQuery = AnyQuery<Record<string, unknown>>;

/** Those that ask the vendor. */
export const queries: Readonly<Record<string, LiveQuery>> = Object.fromEntries(
  Object.entries(plugin.queries ?? {}).filter((entry): entry is [string, LiveQuery] => !('view' in entry[1])),
);

export async function startSite(options: JiraSimulatorOptions = {}): Promise<JiraSimulator> {
  return createJiraSimulator({ seed: SEED, now: () => NOW, ...options });
}

export interface RunOptions {
  readonly config?: Record<string, unknown>;
  readonly authorization?: string;
  readonly signal?: AbortSignal;
}

export function contextOf(site: JiraSimulator, { config, authorization, signal }: RunOptions = {}): Context {
  const basic = `Basic ${Buffer.from(`${site.email}:${site.token}`).toString('base64')}`;
  const context = directContext({
    baseUrl: site.url,
    ...(config ? { config } : {}),
    ...(signal ? { signal } : {}),
  });
  return {
    ...context,
    now: () => new Date(NOW),
    // Not through a Request of our own: once that is collected, its signal no longer reaches the call (Node 26).
    fetch: (input, init) => {
      const headers = new Headers(init?.headers);
      headers.set('authorization', authorization ?? basic);
      return fetch(typeof input === 'string' ? site.url + input : input, { ...init, headers });
    },
  };
}

/** Rows of a query, after its params are validated and filled in; every cell is checked against its column. */
export async function runQuery(
  site: JiraSimulator,
  id: string,
  params: Record<string, unknown> = {},
  options: RunOptions = {},
): Promise<Rows> {
  return (await runTable(contextOf(site, options), id, params)).rows;
}

export interface Table {
  readonly columns: ColumnDefs;
  readonly rows: Rows;
}

/** It keeps what it has compiled. */
const ajv = new Ajv2020({ useDefaults: true, strict: true });

/** As {@link runQuery}, with the columns. */
export async function runTable(context: Context, id: string, params: Record<string, unknown> = {}): Promise<Table> {
  const query = queries[id];
  if (!query) throw new Error(`there is no query ${id}`);
  const filled = { ...structuredClone(REQUIRED[id]), ...structuredClone(params) };
  if (!ajv.validate(query.params ?? {}, filled)) throw new Error(`params of ${id}: ${ajv.errorsText()}`);
  let columns = query.columns === 'dynamic' ? {} : query.columns;
  const rows: Rows = [];
  for await (const item of query.rows(context, filled as never)) {
    if ('step' in item && 'columns' in item) columns = item.columns as ColumnDefs;
    else rows.push(...([item].flat() as Rows));
  }
  for (const row of rows) expectColumns(columns, row);
  return { columns, rows };
}

/** The VendorError a query fails with. */
export async function failureOf(
  site: JiraSimulator,
  id: string,
  params: Record<string, unknown> = {},
  options: RunOptions = {},
): Promise<VendorError> {
  const outcome = await runQuery(site, id, params, options).catch((error: unknown) => error);
  if (!isVendorError(outcome)) throw new Error(`${id} did not fail with a VendorError`, { cause: outcome });
  return outcome;
}

function expectColumns(columns: ColumnDefs, row: Record<string, unknown>): void {
  expect(Object.keys(row)).toEqual(Object.keys(columns));
  for (const [name, { type }] of Object.entries(columns)) {
    const cell = row[name];
    if (cell === null) continue;
    if (type === 'integer') expect(cell).toSatisfy(Number.isSafeInteger);
    else if (type === 'date') expect(cell).toMatch(/^\d{4}-\d\d-\d\d$/);
    else if (type === 'datetime') expect(cell).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    else if (type !== 'json') expect(cell).toBeTypeOf(type);
  }
}
