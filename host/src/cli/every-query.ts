// Runs every query of some instances that needs no params once and prints a table: the demo's proof that the whole chain works.
import type { Problem as ProblemDocument, QueryResult } from '@jackfield/schemas';
import type { ApiClient } from './api-client.ts';

const COLUMNS = [
  ['plugin', 12],
  ['query', 22],
  ['rows', 8],
  ['ms', 8],
  ['vendor calls', 14],
] as const;

/** True when every query answered. */
export async function runEveryQuery(api: ApiClient, instanceIds: readonly string[]): Promise<boolean> {
  const failures: string[] = [];
  let passed = 0;
  printRow(COLUMNS.map(([heading]) => heading));
  for (const id of instanceIds) {
    const { plugin } = await readJson<{ plugin: string }>(await api.send('GET', `/api/instances/${id}`));
    const { queries } = await readJson<{ queries: { id: string; params: { required?: string[] } }[] }>(
      await api.send('GET', `/api/instances/${id}/queries`),
    );
    // Custom queries wait for what somebody wants to know.
    for (const query of queries.filter(({ params }) => (params.required ?? []).length === 0)) {
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
    printRow([plugin, query, '-', ms, problem?.code ?? 'no meta']);
    return problem?.detail ?? 'the answer has no meta';
  }
  printRow([plugin, query, String(result.rows?.length ?? 0), ms, String(result.meta.vendorCalls)]);
  return result.rows?.length === result.meta.rowCount ? undefined : 'meta.rowCount is not the number of rows';
}

async function readJson<T>(response: Response): Promise<T> {
  if (!response.ok) throw new Error(`the host answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

function printRow(cells: readonly string[]): void {
  const padded = cells.map((cell, index) => {
    const width = COLUMNS[index]?.[1] ?? 0;
    return index < 2 ? cell.padEnd(width) : cell.padStart(width);
  });
  process.stdout.write(`${padded.join('')}\n`);
}
