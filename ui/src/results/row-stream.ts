// The rows of a query as they arrive, line by line. It stops at a cap: a page that holds a million rows helps nobody, a file does.
import type { Problem } from '@jackfield/schemas';
import { ProblemError, request } from '../api/client.ts';
import type { Row } from '../charts/row.ts';

export type { Row };

/** Rows that a page holds; beyond it memory and scrolling suffer, and people look for the download. */
export const ROWS_MOST = 50_000;

export interface Progress {
  readonly rows: readonly Row[];
  readonly state: 'asking' | 'arriving' | 'ended' | 'capped' | 'cancelled' | 'failed';
  readonly error: unknown;
  /** When the vendor was asked. */
  readonly asOf: string | null;
  /** Why the rows are old: the code of what failed. */
  readonly stale: string | null;
}

export const NOTHING: Progress = { rows: [], state: 'asking', error: null, asOf: null, stale: null };

interface Asking {
  readonly path: string;
  readonly body: unknown;
  readonly signal: AbortSignal;
  /** Called at most once a frame. */
  readonly onProgress: (progress: Progress) => void;
}

/** Resolves when there is nothing more to come, whatever the reason. */
export async function streamRows({ path, body, signal, onProgress }: Asking): Promise<void> {
  const rows: Row[] = [];
  let about = NOTHING;
  let frame = 0;
  const tell = (change: Partial<Progress>): void => {
    cancelAnimationFrame(frame);
    about = { ...about, ...change, rows: [...rows] };
    onProgress(about);
  };
  const tellSoon = (): void => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => tell({}));
  };
  try {
    const headers = { accept: 'application/x-ndjson' };
    const response = await request('POST', path, { body, signal, headers });
    tell({
      state: 'arriving',
      asOf: response.headers.get('jackfield-as-of'),
      stale: response.headers.get('jackfield-stale'),
    });
    for await (const line of linesOf(response)) {
      const row = JSON.parse(line) as Row;
      const failure = failureIn(row);
      if (failure !== undefined) return tell({ state: 'failed', error: new ProblemError(failure) });
      if (rows.length >= ROWS_MOST) return tell({ state: 'capped' });
      rows.push(row);
      tellSoon();
    }
    tell({ state: 'ended' });
  } catch (error) {
    tell(signal.aborted ? { state: 'cancelled' } : { state: 'failed', error });
  }
}

/** The last line of an answer that broke off. No row is like it: a column's value is never such an object. */
function failureIn(row: Row): Problem | undefined {
  const { error, ...others } = row;
  const isFailure = typeof error === 'object' && error !== null && 'code' in error && 'next' in error;
  return isFailure && Object.keys(others).length === 0 ? (error as Problem) : undefined;
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + value).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') yield line;
    }
    if (rest !== '') yield rest;
  } finally {
    // Whoever has seen enough: the host need not go on.
    await reader.cancel().catch(() => undefined);
  }
}
