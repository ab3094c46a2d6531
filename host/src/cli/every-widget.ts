// Fetches the data of some widgets once and prints a table.
import type { Problem as ProblemDocument, QueryResult } from '@jackfield/schemas';
import type { ApiClient } from './api-client.ts';
import { printRow, type TableColumn } from './table.ts';

const COLUMNS: readonly TableColumn[] = [
  { heading: 'widget', width: 44 },
  { heading: 'rows', width: 8, isNumber: true },
  { heading: 'ms', width: 8, isNumber: true },
  { heading: 'vendor calls', width: 14, isNumber: true },
  { heading: '  state', width: 0 },
];

/** True when every widget got its data from every instance. */
export async function fetchEveryWidget(api: ApiClient, widgets: readonly string[]): Promise<boolean> {
  printRow(
    COLUMNS,
    COLUMNS.map(({ heading }) => heading),
  );
  let succeeded = 0;
  for (const id of widgets) if (await fetchOne(api, id)) succeeded += 1;
  process.stdout.write(`\n${succeeded} of ${widgets.length} widgets have their data\n\n`);
  return succeeded === widgets.length;
}

async function fetchOne(api: ApiClient, id: string): Promise<boolean> {
  const startedAt = performance.now();
  const response = await api.send('GET', `/api/widgets/${id}/data`);
  const result = (await response.json()) as Partial<QueryResult> & Partial<ProblemDocument>;
  const ms = String(Math.round(performance.now() - startedAt));
  const failures = failuresOf(response, result);
  const { meta, rows = [] } = result;
  const state = failures.length === 0 ? 'ok' : failures.join('; ');
  printRow(COLUMNS, [id, String(rows.length), ms, String(meta?.vendorCalls ?? '-'), `  ${state}`]);
  return failures.length === 0;
}

function failuresOf(response: Response, result: Partial<QueryResult> & Partial<ProblemDocument>): string[] {
  if (!response.ok) return [`${result.code}: ${result.detail}`];
  if (result.meta === undefined) return [result.error?.detail ?? 'the answer has no meta'];
  return (result.meta.instances ?? []).flatMap(({ id, state, error, stale }) =>
    state === 'ok' ? [] : [`${id} ${state}: ${error?.detail ?? stale?.reason}`],
  );
}
