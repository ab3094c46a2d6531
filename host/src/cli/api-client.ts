import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { Problem as ProblemDocument } from '@jackfield/schemas';
import { CommandError } from './command-error.ts';

/** A host's REST API, as the command line uses it. */
export interface ApiClient {
  send(method: string, path: string, body?: unknown): Promise<Response>;
}

/** A host answers at once; what takes longer runs in its background. */
const DEADLINE = 30_000;

export function createApiClient(url: string, token: string): ApiClient {
  return {
    send: (method, path, body) =>
      fetch(`${url}${path}`, {
        method,
        headers: {
          ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

/** @throws Error when the host refused. */
export async function readJson<T>(response: Response): Promise<T> {
  if (!response.ok) throw new Error(`the host answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** No host answered: it may be starting again. */
export class Unreachable extends CommandError {}

/** Calls of commands for a host that somebody else has started. @throws CommandError with the host's own words. */
export type Ask = <T>(method: string, path: string, body?: unknown) => Promise<T>;

/** `token`: empty where none is needed. */
export function createAsk(url: string, token: string | undefined): Ask {
  const base = url.replace(/\/+$/, '');
  return async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await request(base, token, path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      signal: AbortSignal.timeout(DEADLINE),
    });
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok && (answer !== undefined || response.status === 204)) return answer as T;
    throw refusalOf(answer, `${base} answered ${response.status} to ${method} ${path}`);
  };
}

/** Sends a file as it is. @throws CommandError with the host's own words. */
export async function sendBytes<T>(
  url: string,
  token: string | undefined,
  path: string,
  bytes: Uint8Array,
): Promise<T> {
  const base = url.replace(/\/+$/, '');
  const response = await request(base, token, path, {
    ...{ method: 'POST', body: new Uint8Array(bytes), headers: { 'content-type': 'application/octet-stream' } },
    signal: AbortSignal.timeout(DEADLINE),
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (response.ok && answer !== undefined) return answer as T;
  throw refusalOf(answer, `${base} answered ${response.status} to POST ${path}`);
}

/** Writes what the host answers while it comes, however much that is. */
export async function download(url: string, token: string | undefined, path: string, to: Writable): Promise<void> {
  const base = url.replace(/\/+$/, '');
  const response = await request(base, token, path, {});
  if (!response.ok || response.body === null) {
    const answer: unknown = await response.json().catch(() => undefined);
    throw refusalOf(answer, `${base} answered ${response.status} to GET ${path}`);
  }
  for await (const chunk of response.body) if (!to.write(chunk)) await once(to, 'drain');
}

/** The lines of NDJSON that the host answers, while they come. Silence has no end: a host that dies ends the connection. */
export async function* streamLines<T>(
  url: string,
  token: string | undefined,
  path: string,
  body: unknown,
): AsyncGenerator<T> {
  const base = url.replace(/\/+$/, '');
  const response = await request(base, token, path, {
    ...{ method: 'POST', body: JSON.stringify(body) },
    headers: { 'content-type': 'application/json' },
  });
  if (!response.ok || response.body === null) {
    const answer: unknown = await response.json().catch(() => undefined);
    throw refusalOf(answer, `${base} answered ${response.status} to POST ${path}`);
  }
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield JSON.parse(line) as T;
  }
}

async function request(base: string, token: string | undefined, path: string, init: RequestInit): Promise<Response> {
  if (token === undefined) {
    throw new CommandError('there is no token for the host', 'Set JACKFIELD_TOKEN to an API token of the host.');
  }
  const headers = new Headers(init.headers);
  if (token !== '') headers.set('authorization', `Bearer ${token}`);
  return fetch(`${base}${path}`, { ...init, headers }).catch((error: unknown) => {
    throw new Unreachable(
      `no host answers at ${base} (${reasonOf(error)})`,
      'Start one with `jackfield start`, or say where it is with --url or JACKFIELD_URL.',
    );
  });
}

function refusalOf(answer: unknown, otherwise: string): CommandError {
  const { code, detail, next } = (answer ?? {}) as Partial<ProblemDocument>;
  return code === undefined || next === undefined
    ? new CommandError(otherwise, 'Check that the URL is that of a Jackfield host.')
    : new CommandError(`${code}: ${detail}`, next);
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & {
    readonly cause?: { readonly code?: string; readonly message?: string };
  };
  return cause?.code ?? cause?.message ?? message;
}
