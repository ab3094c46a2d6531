// The catalogue of errors: every code a program may meet, its HTTP status, and what a person can do.
import type { Problem as ProblemDocument } from '@jackfield/schemas';

export type ErrorCode = ProblemDocument['code'];

interface CatalogueEntry {
  readonly status: number;
  readonly title: string;
  readonly next: string;
}

export const CATALOGUE: Readonly<Record<ErrorCode, CatalogueEntry>> = {
  config_invalid: {
    status: 400,
    title: 'The input is not valid',
    next: 'Correct the fields listed in errors and send the request again.',
  },
  params_invalid: {
    status: 400,
    title: 'The params are not valid',
    next: 'Correct the params listed in errors; the query lists what it takes.',
  },
  auth_failed: { status: 401, title: 'Signing in failed', next: 'Check the credentials and set new ones.' },
  permission_denied: {
    status: 403,
    title: 'Not allowed',
    next: 'Ask for the missing right, or use an account that has it.',
  },
  not_found: { status: 404, title: 'Not found', next: 'Check the id and the path.' },
  conflict: { status: 409, title: 'Conflicts with the current state', next: 'Read the current state and try again.' },
  rate_limited: { status: 429, title: 'Too many requests', next: 'Wait as long as retryAfterMs says, then try again.' },
  vendor_unavailable: {
    status: 503,
    title: 'The vendor does not answer',
    next: 'Check that the vendor is up and reachable from this host.',
  },
  vendor_error: {
    status: 502,
    title: 'The vendor answered with an error',
    next: 'Try again; if it stays, look at the vendor system.',
  },
  vendor_bad_response: {
    status: 502,
    title: "The vendor's answer makes no sense",
    next: 'Check that the base URL points at the API and no proxy answers instead.',
  },
  cursor_invalid: {
    status: 502,
    title: 'The vendor does not take the cursor',
    next: "Rewind the stream to an earlier cursor or to none and run it; if it stays, report it to the plugin's author.",
  },
  timeout: {
    status: 504,
    title: 'It took too long',
    next: 'Ask for less at once, or try again when the vendor is faster.',
  },
  plugin_crashed: {
    status: 502,
    title: 'The plugin crashed',
    next: "Try again; if it stays, report it to the plugin's author with the run id.",
  },
  plugin_out_of_memory: {
    status: 502,
    title: 'The plugin used too much memory',
    next: 'Ask for less at once, or grant the plugin more memory in plugins.json.',
  },
  plugin_failed: {
    status: 502,
    title: 'The plugin failed',
    next: "Look up the run id in the host's log and report it to the plugin's author.",
  },
  egress_denied: {
    status: 403,
    title: 'The plugin called a host it may not call',
    next: 'Check the base URL, or grant the host in plugins.json.',
  },
  gone: { status: 410, title: 'No longer available', next: 'Use the replacement.' },
  internal: { status: 500, title: 'The host failed', next: "Look up the request id in the host's log." },
};

/** One fault of an input: where, as a JSON pointer, and what. */
export interface FieldError {
  readonly pointer: string;
  readonly message: string;
}

export interface ProblemOptions {
  /** Replaces the catalogue's next step when a better one is known. */
  readonly next?: string;
  readonly errors?: readonly FieldError[];
  readonly runId?: string;
  readonly plugin?: string;
  readonly instanceId?: string;
  readonly retryAfterMs?: number;
  /** Kept for the log, never sent. */
  readonly cause?: unknown;
}

/** An error that is safe to show. Everything else that is thrown becomes `internal`. */
export class Problem extends Error {
  readonly code: ErrorCode;
  readonly options: ProblemOptions;

  constructor(code: ErrorCode, detail: string, options: ProblemOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Problem';
    this.code = code;
    this.options = options;
  }

  get status(): number {
    return CATALOGUE[this.code].status;
  }

  toDocument(requestId?: string): ProblemDocument {
    const { errors, runId, plugin, instanceId, retryAfterMs, next } = this.options;
    const entry = CATALOGUE[this.code];
    return {
      type: `https://jackfield.dev/problems/${this.code}`,
      title: entry.title,
      status: entry.status,
      code: this.code,
      detail: this.message,
      next: next ?? entry.next,
      ...(errors ? { errors: errors.map((e) => ({ pointer: e.pointer, message: e.message })) } : {}),
      ...(requestId ? { requestId } : {}),
      ...(runId ? { runId } : {}),
      ...(plugin ? { plugin } : {}),
      ...(instanceId ? { instanceId } : {}),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs: Math.round(retryAfterMs) }),
    };
  }
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(CATALOGUE, code);
}

/** What was thrown, as a Problem; an unknown error keeps its cause for the log and shows nothing of it. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem('internal', 'something went wrong inside the host', { cause: error });
}
