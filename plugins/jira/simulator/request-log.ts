// What was asked of the vendor, for tests.

/** One call as it arrived. `status` is 0 when a fault left it without an answer. */
export interface LoggedRequest {
  readonly method: string;
  /** With the query string, without the context path. */
  readonly path: string;
  readonly status: number;
  readonly body?: unknown;
}

export interface RequestLog {
  /** The last 10,000 calls. */
  readonly requests: LoggedRequest[];
  /** All calls by method and path, without query strings and with `*` for ids and keys. */
  readonly counts: Record<string, number>;
  note(request: LoggedRequest): void;
}

const LIMIT = 10_000;
/** An API's version has one digit. */
const ID = /\/(\d{2,}|[A-Z][A-Z0-9_]*-\d+)(?=\/|$)/g;

export function createRequestLog(): RequestLog {
  const requests: LoggedRequest[] = [];
  const counts: Record<string, number> = {};
  return {
    requests,
    counts,
    note(request) {
      if (requests.length >= LIMIT) requests.shift();
      requests.push(request);
      const path = (request.path.split('?', 1)[0] ?? '').replaceAll(ID, '/*');
      const name = `${request.method} ${path}`;
      counts[name] = (counts[name] ?? 0) + 1;
    },
  };
}
