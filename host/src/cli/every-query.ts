// Runs every default query of some instances once and prints a table: the demo's proof that the whole chain works.
import type { Problem as ProblemDocument, QueryResult } from '@jackfield/schemas';
import { type ApiClient, readJson } from './api-client.ts';
import { printRow, type TableColumn } from './table.ts';

const COLUMNS: readonly TableColumn[] = [
  { heading: 'plugin', width: 12 },
  { heading: 'query', width: 22 },
  { heading: 'rows', width: 8, isNumber: true },
  { heading: 'ms', width: 8, isNumber: true },
  { heading: 'vendor calls', width: 14, isNumber: true },
];

interface Query {
  readonly id: string;
  readonly role: string;
  readonly params: { readonly required?: readonly string[] };
}

/** One that everybody may run, and that needs nothing said. */
function isDefault({ role, params: { required = [] } }: Query): boolean {
  return role === 'user' && required.length === 0;
}

/** True when every default query answered. */
export async function runEveryQuery(api: ApiClient, instanceIds: readonly string[]): Promise<boolean> {
  const failures: string[] = [];
  let passed = 0;
  printRow(
    COLUMNS,
    COLUMNS.map(({ heading }) => heading),
  );
  for (const id of instanceIds) {
    const { plugin } = await readJson<{ plugin: string }>(await api.send('GET', `/api/instances/${id}`));
    const { queries } = await readJson<{ queries: Query[] }>(await api.send('GET', `/api/instances/${id}/queries`));
    for (const query of queries.filter(isDefault)) {
      const failure = await runOne(api, id, plugin, query.id);
      if (failure === undefined) passed += 1;
      else failures.push(`${plugin} ${query.id}: ${failure}`);
    }
  }
  process.stdout.write(`\n${failures.map((line) => `failed: ${line}\n`).join('')}`);
  process.stdout.write(`${passed} passed, ${failures.length} failed\n`);
  return failures.length === 0 && passed > 0;
}

async function runOne(api: ApiClient, id: string, plugin: string, query: string): Promise<string | undefined> {
  const startedAt = performance.now();
  const response = await api.send('POST', `/api/instances/${id}/queries/${query}`, {});
  const result = (await response.json()) as Partial<QueryResult> & Partial<ProblemDocument>;
  const ms = String(Math.round(performance.now() - startedAt));
  const problem = result.error ?? (response.ok ? undefined : result);
  if (problem !== undefined || result.meta === undefined) {
    printRow(COLUMNS, [plugin, query, '-', ms, problem?.code ?? 'no meta']);
    return problem?.detail ?? 'the answer has no meta';
  }
  printRow(COLUMNS, [plugin, query, String(result.rows?.length ?? 0), ms, String(result.meta.vendorCalls)]);
  // Nothing is old yet, or else a read has failed.
  if (result.meta.stale !== undefined) return result.meta.stale.reason;
  return result.rows?.length === result.meta.rowCount ? undefined : 'meta.rowCount is not the number of rows';
}
