// Runs the plugin as the host does: params checked and filled in, rows checked against their columns, the token added outside.
import type { AnyQuery, ColumnDef, ColumnDefs, Context, Plugin } from '@jackfield/sdk';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, vi } from 'vitest';
import { collectRows, directContext } from '../../../tests/support/plugin-context.ts';
import {
  createFortiGateSimulator,
  type FortiGateSimulator,
  type FortiGateSimulatorOptions,
} from '../simulator/simulator.ts';

export type Row = Record<string, unknown>;

export const TOKEN = 'the-right-token';

/** The device's clock and the host's, in seconds; it stands still so that counters do. */
export const NOW = Date.UTC(2026, 4, 4, 10, 0, 0) / 1000;

export const QUERY_IDS = [
  'system_status',
  'resource_usage',
  'interfaces',
  'policy_top',
  'policy_unused',
  'vpn_ipsec',
  'vpn_users',
  'licences',
  'ha_status',
  'sdwan_health',
];

export const STREAM_IDS = [
  'system',
  'interfaces',
  'traffic',
  'policies',
  'policy_stats',
  'vpn_tunnels',
  'licences',
  'ha',
];

/** The plugin with a module state of its own, as each instance has it. */
export async function freshPlugin(): Promise<Plugin> {
  vi.resetModules();
  return (await import('../src/plugin.ts')).default;
}

export function startSimulator(options: FortiGateSimulatorOptions = {}): Promise<FortiGateSimulator> {
  return createFortiGateSimulator({ token: TOKEN, policies: 40, now: () => NOW * 1000, ...options });
}

export interface ContextOptions {
  readonly token?: string;
  readonly config?: Record<string, unknown>;
  readonly signal?: AbortSignal;
  readonly now?: () => number;
}

export function contextFor(baseUrl: string, options: ContextOptions = {}): Context {
  const { token = TOKEN, config = {}, now = () => NOW } = options;
  const direct = directContext({
    baseUrl,
    config,
    headers: { authorization: `Bearer ${token}` },
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return { ...direct, now: () => new Date(now() * 1000) };
}

/** A device whose clock the test moves, and the host's with it. */
export async function deviceInTime() {
  let now = NOW;
  const simulator = await startSimulator({ now: () => now * 1000 });
  const context: Context = contextFor(simulator.url, { now: () => now });
  return {
    simulator,
    context,
    later: (seconds: number) => void (now += seconds),
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}

export function queryOf(plugin: Plugin, id: string): AnyQuery<Record<string, unknown>> {
  const query = plugin.queries?.[id];
  if (query === undefined || 'view' in query) throw new Error(`no live query "${id}"`);
  return query;
}

const ajv = new Ajv2020({ useDefaults: true, strict: false });

export async function run(plugin: Plugin, id: string, context: Context, params: Row = {}): Promise<Row[]> {
  const query = queryOf(plugin, id);
  const filled = { ...params };
  if (query.params !== undefined && !ajv.validate(query.params, filled)) throw new Error(ajv.errorsText());
  return (await collect(query, context, filled)).rows;
}

/** Rows and columns, wherever the columns come from. */
export async function collect(
  query: AnyQuery<Record<string, unknown>>,
  context: Context,
  params: Row,
): Promise<{ columns: ColumnDefs; rows: Row[] }> {
  const { columns } = query;
  if (columns !== 'dynamic') {
    const rows = await collectRows(query, context, params);
    for (const row of rows) expectFits({ columns }, row);
    return { columns, rows };
  }
  const [step, ...rows] = await collectRows(query, context, params);
  if (step?.['step'] !== 'columns') throw new Error('a dynamic query yields its columns first');
  const told = step['columns'] as ColumnDefs;
  for (const row of rows) expectFits({ columns: told }, row);
  return { columns: told, rows };
}

/** What the runtime demands of a row: no cell but of the declared columns, each of its column's type or null. */
export function expectFits({ columns }: { readonly columns: ColumnDefs }, row: Row): void {
  expect(Object.keys(columns)).toEqual(expect.arrayContaining(Object.keys(row)));
  for (const [name, column] of Object.entries(columns)) {
    const cell = row[name];
    if (cell === null || cell === undefined) continue;
    expect(fits(column, cell), `${name}: ${JSON.stringify(cell)} must be of type ${column.type}`).toBe(true);
  }
}

function fits(column: ColumnDef, cell: unknown): boolean {
  switch (column.type) {
    case 'string':
      return typeof cell === 'string';
    case 'integer':
      return Number.isSafeInteger(cell);
    case 'number':
      return Number.isFinite(cell);
    case 'boolean':
      return typeof cell === 'boolean';
    case 'date':
      return typeof cell === 'string' && /^\d{4}-\d\d-\d\d$/.test(cell) && !Number.isNaN(Date.parse(cell));
    case 'datetime':
      return typeof cell === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(cell) && !Number.isNaN(Date.parse(cell));
    case 'json':
      return true;
  }
}

/** The code of the failure; throws when there was none. */
export async function codeOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => {
      throw new Error('expected a failure');
    },
    (thrown: unknown) => thrown,
  );
  return error instanceof Error && 'code' in error ? error.code : error;
}

/** The path of a call below /api/v2/. */
export function pathOf(input: Parameters<typeof fetch>[0]): string {
  const url = new URL(input instanceof Request ? input.url : input, 'http://device');
  return url.pathname.replace('/api/v2/', '');
}
