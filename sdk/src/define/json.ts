import { VendorError, type VendorCode } from './errors.ts';

const BY_STATUS: Record<number, VendorCode> = {
  401: 'auth_failed',
  403: 'permission_denied',
  404: 'not_found',
  410: 'not_found',
  429: 'rate_limited',
  502: 'vendor_unavailable',
  503: 'vendor_unavailable',
  504: 'vendor_unavailable',
};

/**
 * Throws the {@link VendorError} that fits the status of an answer that is not 2xx.
 * @throws VendorError `auth_failed` (401), `permission_denied` (403), `not_found` (404, 410), `rate_limited` (429),
 *   `vendor_unavailable` (502, 503, 504), `vendor_error` (any other).
 *
 * @example
 * import { assertOk, type Context } from '@jackfield/sdk';
 *
 * export async function ping(ctx: Context): Promise<void> {
 *   assertOk(await ctx.fetch('/ping'));
 * }
 */
export function assertOk(response: Response): void {
  if (response.ok) return;
  const code = BY_STATUS[response.status] ?? 'vendor_error';
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  throw new VendorError(code, `${pathOf(response)} answered ${response.status}`, {
    ...(Number.isFinite(seconds) ? { retryAfterMs: Math.max(0, seconds * 1000) } : {}),
  });
}

/**
 * Reads the JSON body of a 2xx answer. The shape is the caller's claim: vendors break it, so treat every field as optional.
 * @throws VendorError as {@link assertOk}, and `vendor_bad_response` when the body is not JSON.
 *
 * @example
 * import { readJson, type Context } from '@jackfield/sdk';
 *
 * export async function whoAmI(ctx: Context): Promise<string | undefined> {
 *   const { name } = await readJson<{ name?: string }>(await ctx.fetch('/me'));
 *   return name;
 * }
 */
export async function readJson<T>(response: Response): Promise<T> {
  if (!response.ok) {
    await response.body?.cancel();
    assertOk(response);
  }
  const text = await response.text();
  try {
    return JSON.parse(text) as T;
  } catch {
    const type = response.headers.get('content-type') ?? 'no content type';
    throw new VendorError(
      'vendor_bad_response',
      `${pathOf(response)} answered ${text.length} characters of ${type} that are not JSON`,
    );
  }
}

function pathOf(response: Response): string {
  return URL.canParse(response.url) ? new URL(response.url).pathname : 'the vendor';
}
