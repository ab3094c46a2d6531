import type { QueryResult } from '@jackfield/schemas';
import type { Api } from './host.ts';

export type SyncedRow = Readonly<Record<string, unknown>>;

/** The rows of a stream that are not marked as deleted, as widgets show them and in the order of their key. */
export async function syncedRows(
  api: Pick<Api, 'call'>,
  plugin: string,
  stream: string,
  instance: string,
): Promise<SyncedRow[]> {
  const preview = { plugin, view: { stream, limit: 10_000 }, instances: [instance] };
  const { status, body } = await api.call<QueryResult>('POST', '/api/widgets/preview', preview);
  if (status !== 200) throw new Error(`${plugin} ${stream}: ${JSON.stringify(body)}`);
  return body.rows.map(({ instance: _, ...row }) => row);
}
