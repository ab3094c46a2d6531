// Calls a plugin's code outside the sandbox, against its simulator: for tests of what the plugin asks and what it makes of answers.
import type { AnyQuery, Context } from '@jackfield/sdk';

export interface DirectOptions {
  readonly baseUrl: string;
  readonly headers?: Record<string, string>;
  readonly config?: Record<string, unknown>;
  readonly signal?: AbortSignal;
}

export function directContext(options: DirectOptions): Context {
  const base = options.baseUrl.replace(/\/$/, '');
  const silent = (): void => undefined;
  return {
    config: { baseUrl: options.baseUrl, ...options.config },
    instance: { id: 'test', name: 'Test' },
    client: {},
    fetch: (input, init) => {
      const request = new Request(typeof input === 'string' && input.startsWith('/') ? base + input : input, init);
      for (const [name, value] of Object.entries(options.headers ?? {})) request.headers.set(name, value);
      return fetch(request);
    },
    log: { debug: silent, info: silent, warn: silent, error: silent },
    signal: options.signal ?? new AbortController().signal,
    now: () => new Date(),
  };
}

/** Every row of a query, batches flattened. */
export async function collectRows(
  query: AnyQuery<Record<string, unknown>>,
  context: Context,
  params: Record<string, unknown> = {},
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const batch of query.rows(context, params as never)) {
    if (Array.isArray(batch)) rows.push(...(batch as Record<string, unknown>[]));
    else rows.push(batch as Record<string, unknown>);
  }
  return rows;
}
