// One call to Jira. Everything that tells a useless answer from a good one, whatever its status, is here.
import { assertOk, readJson, VendorError } from '@jackfield/sdk';
import type { JiraContext } from './config.ts';

export interface Ask {
  /** Sent as JSON by POST; without it the call is a GET. */
  readonly body?: Record<string, unknown>;
}

/**
 * Asks Jira and returns the JSON object it answers.
 * @throws VendorError as {@link askJson}, and `vendor_bad_response` for JSON that is not an object.
 */
export async function ask(ctx: JiraContext, path: string, options?: Ask): Promise<Record<string, unknown>> {
  const answer = await askJson(ctx, path, options);
  if (!isObject(answer)) throw badResponse(path, 'answered JSON that is not an object');
  return answer;
}

/** Jira takes searches by POST: the gateway may send them again. */
const READS = { 'x-jackfield-idempotent': '1' };

/**
 * Asks Jira and returns the JSON it answers.
 * @throws VendorError `auth_failed` also on a 200 that Jira gave to an anonymous caller, `rate_limited` with the longest wait
 *   that the headers name, `vendor_bad_response` for anything but JSON, else as `assertOk`.
 */
export async function askJson(ctx: JiraContext, path: string, { body }: Ask = {}): Promise<unknown> {
  const response = await send(ctx, path, body, READS);
  try {
    if (body?.jql !== undefined) assertUnderstood(response, path);
    assertOk(response);
  } catch (error) {
    await response.body?.cancel();
    throw error;
  }
  return readJson(response);
}

/**
 * Sends a request, a POST when there is a body, and returns the answer whatever its status.
 * @throws VendorError `auth_failed` and `rate_limited` as {@link askJson}.
 */
export async function send(
  ctx: JiraContext,
  path: string,
  body?: Record<string, unknown>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const response = await ctx.fetch(path, {
    signal: ctx.signal,
    headers: { accept: 'application/json', ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
  });
  try {
    assertSignedIn(response);
    assertNotLimited(response, ctx.now().getTime());
  } catch (error) {
    await response.body?.cancel();
    throw error;
  }
  return response;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function badResponse(path: string, what: string): VendorError {
  return new VendorError('vendor_bad_response', `${pathOnly(path)} ${what}`);
}

function pathOnly(path: string): string {
  return path.split('?', 1)[0] ?? path;
}

/** Most of Jira is open to anonymous callers: with a wrong token a search answers 200 and no issues, and only these headers tell. */
function assertSignedIn(response: Response): void {
  const denied = response.headers.get('x-authentication-denied-reason');
  if (denied !== null) {
    const next = denied.includes('CAPTCHA')
      ? 'asks for a CAPTCHA after failed sign-ins: sign in once with this account in a browser'
      : 'denies this account: see its log for the reason';
    throw new VendorError('auth_failed', `Jira ${next}`);
  }
  const reason = response.headers.get('x-seraph-loginreason') ?? '';
  if (/AUTHENTICATED_FAILED|AUTHENTICATION_DENIED/.test(reason)) {
    throw new VendorError(
      'auth_failed',
      'Jira does not accept the credentials: the token is wrong, expired or revoked',
    );
  }
}

function assertNotLimited(response: Response, now: number): void {
  if (response.status !== 429) return;
  const waits = [
    waitOf(response.headers.get('retry-after'), now),
    waitOf(response.headers.get('x-ratelimit-reset'), now),
  ];
  const known = waits.filter((wait) => wait !== undefined);
  const reason = response.headers.get('ratelimit-reason');
  const kind = reason !== null && /^[a-z-]{1,60}$/.test(reason) ? ` (${reason})` : '';
  throw new VendorError(
    'rate_limited',
    `Jira limits this account${kind}`,
    known.length > 0 ? { retryAfterMs: Math.max(...known) } : {},
  );
}

/** Milliseconds until a time given as seconds from now, HTTP date or ISO 8601 date (Jira's reset has minutes only). */
function waitOf(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

/** The JQL is ours and well-formed, so a 400 means that a name in it is unknown to this site or hidden from the account. */
function assertUnderstood(response: Response, path: string): void {
  if (response.status !== 400) return;
  throw new VendorError(
    'vendor_error',
    `${pathOnly(path)} answered 400: a project or priority that was asked for does not exist here, or this account may not see it`,
  );
}
