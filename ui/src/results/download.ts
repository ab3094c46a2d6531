import { ProblemError, request } from '../api/client.ts';
import { arrivingFile, saveFile } from '../files/arriving-file.ts';

interface Downloading {
  readonly path: string;
  readonly body: unknown;
  /** Of the file. */
  readonly name: string;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number) => void;
}

/** Everything a query gives, as CSV, into a file. @throws ProblemError, and what the signal says when it was stopped. */
export async function downloadCsv({ path, body, name, signal, onProgress }: Downloading): Promise<void> {
  const response = await request('POST', path, { body, signal, headers: { accept: 'text/csv' } });
  const file = await arrivingFile(response, onProgress).catch((error: unknown) => {
    throw signal.aborted ? error : new ProblemError(BROKEN);
  });
  saveFile(file, name);
}

/** CSV has no place for a reason: the host ends the connection, so that nobody takes a part for the whole. */
const BROKEN = {
  type: 'about:blank',
  code: 'vendor_error',
  status: 502,
  title: 'The download broke off',
  detail: 'The answer ended before its last row; nothing was saved.',
  next: 'Run the query to see why, then try again.',
} as const;
