// Errors an author throws on purpose. Anything else a plugin throws becomes `plugin_failed`, and its message stays in the log.

/** What a plugin may say about a vendor; the host answers with the same code. */
export const VENDOR_CODES = [
  'auth_failed',
  'permission_denied',
  'not_found',
  'rate_limited',
  'vendor_unavailable',
  'vendor_error',
  'vendor_bad_response',
  'cursor_invalid',
  'params_invalid',
  'config_invalid',
] as const;
/** One of {@link VENDOR_CODES}. */
export type VendorCode = (typeof VENDOR_CODES)[number];

const BRAND = Symbol.for('jackfield.vendorError');

/**
 * A failure with a code people and programs can act on. `message` is shown to people: say what was asked and what came back,
 * never a secret or a piece of the vendor's answer.
 *
 * @example
 * import { VendorError } from '@jackfield/sdk';
 *
 * export function refuse(): never {
 *   throw new VendorError('auth_failed', 'Jira refused the API token');
 * }
 */
export class VendorError extends Error {
  readonly code: VendorCode;
  /** When it is worth asking again, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(code: VendorCode, message: string, options: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'VendorError';
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/**
 * Throw it in a stream's `read` when its cursor is of no use any more: the vendor has forgotten it, or an older version of the plugin
 * wrote it. The host forgets the cursor too and reads everything once; what is stored stays. Should that not help, it waits for a person.
 *
 * @example
 * import { CursorInvalidError } from '@jackfield/sdk';
 *
 * export function sinceOf(cursor: unknown): string {
 *   if (typeof cursor === 'string') return cursor;
 *   throw new CursorInvalidError('the cursor is no date');
 * }
 */
export class CursorInvalidError extends VendorError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('cursor_invalid', message, options);
    this.name = 'CursorInvalidError';
  }
}

/** True for a VendorError of any copy of the SDK: the plugin's bundle and the host's runtime each have one. */
export function isVendorError(value: unknown): value is VendorError {
  return value instanceof Error && (value as { [BRAND]?: unknown })[BRAND] === true;
}
