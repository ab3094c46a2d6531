// How the app asks the host: JSON in and out, and every failure as the problem document that says what to do.
import type { Problem } from '@jackfield/schemas';

/** What went wrong, as the host says it. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.problem = problem;
  }
}

/** Shows the host that whoever is signed in has meant what a page asks. Kept in memory, and nowhere else. */
let csrfToken = '';

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Asking {
  /** Sent as JSON, unless it is a file. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer as it arrives. @throws ProblemError when it is none of success. */
export async function request(method: Method, path: string, asking: Asking = {}): Promise<Response> {
  const headers = new Headers(asking.headers);
  if (method !== 'GET') headers.set('x-csrf-token', csrfToken);
  if (asking.body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
  const body = asking.body instanceof Blob ? asking.body : (JSON.stringify(asking.body) ?? null);
  const response = await fetch(path, { method, headers, body, signal: asking.signal ?? null }).catch(
    (error: unknown) => {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw new ProblemError(unreachable);
    },
  );
  if (!response.ok) throw new ProblemError(await problemOf(response));
  return response;
}

/** The answer's JSON; undefined when it has none. */
export async function ask<T>(method: Method, path: string, asking: Asking = {}): Promise<T> {
  const response = await request(method, path, asking);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

/** A path with its parts and its query escaped. What is undefined or empty is left out of the query. */
export function pathTo(
  parts: readonly string[],
  query: Readonly<Record<string, string | number | boolean | undefined>> = {},
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(name, String(value));
  const text = search.toString();
  return `/api/${parts.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
}

const unreachable: Problem = {
  type: 'about:blank',
  code: 'internal',
  status: 503,
  title: 'The host does not answer',
  detail: 'No answer came from the host.',
  next: 'Check the network, and that the host is up; then try again.',
};

async function problemOf(response: Response): Promise<Problem> {
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') ?? false;
  if (isProblem) return (await response.json()) as Problem;
  return { ...unreachable, status: response.status, title: `The answer was ${response.status}, without a reason` };
}

/** Any failure as a problem document. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { ...unreachable, status: 500, title: 'The page failed', detail, next: 'Load the page again.' };
}
