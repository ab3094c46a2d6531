// An import as a client of the REST API sees it.
import type { ImportLine, ImportReport } from '../../host/src/legacy/index.ts';
import type { TestDatabase } from '../support/databases.ts';
import { fortigate, jira } from '../support/first-party.ts';
import { startTestHost, type TestHost } from '../support/host.ts';

/** With the plugins that come with the host, however busy the machine is. */
export async function startWithPlugins(place: TestDatabase): Promise<TestHost> {
  const limits = { pluginLoad: 120_000, hookTap: 120_000 };
  const running = await startTestHost(place, { plugins: [jira, fortigate], logLevel: 'trace', limits });
  const failed = running.host.plugins.filter(({ state }) => state !== 'active');
  if (failed.length > 0) throw new Error(JSON.stringify(failed));
  return running;
}

export interface Imported {
  readonly lines: readonly ImportLine[];
  readonly report: ImportReport;
  /** All that was answered. */
  readonly text: string;
}

export async function importOld({ api }: TestHost, body: object): Promise<Imported> {
  const response = await api.send('POST', '/api/legacy/import', body);
  const text = await response.text();
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ImportLine);
  const last = lines.at(-1);
  if (last?.kind !== 'report') throw new Error(text);
  return { lines, report: last, text };
}

/** Rows by what has become of them, over all tables. */
export function countsOf({
  tables,
}: ImportReport): Record<'read' | 'made' | 'updated' | 'unchanged' | 'quarantined', number> {
  const sum = (name: 'read' | 'made' | 'updated' | 'unchanged' | 'quarantined'): number =>
    tables.reduce((total, table) => total + table[name], 0);
  return {
    read: sum('read'),
    made: sum('made'),
    updated: sum('updated'),
    unchanged: sum('unchanged'),
    quarantined: sum('quarantined'),
  };
}
