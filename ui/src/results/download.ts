import { request } from '../api/client.ts';

/** Everything a query gives, as CSV, into a file. */
export async function downloadCsv(path: string, body: unknown, name: string, signal: AbortSignal): Promise<void> {
  const response = await request('POST', path, { body, signal, headers: { accept: 'text/csv' } });
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
