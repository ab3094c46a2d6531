// Every way a call can fail, as a code and words that are safe to show. Messages of undici, Node and OpenSSL are never
// passed on: they may quote URLs, headers or bodies.
import type { GatewayErrorCode } from '@jackfield/sdk/runtime';
import { errors } from './undici.ts';

export class GatewayFailure extends Error {
  readonly code: GatewayErrorCode;
  /** When it is worth asking again. */
  readonly retryAfterMs: number | undefined;

  constructor(code: GatewayErrorCode, message: string, retryAfterMs?: number) {
    super(message);
    this.name = 'GatewayFailure';
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The call would have gone where it may not: who asks is told, and the audit is too. */
export class RefusedHost extends GatewayFailure {
  /** With its port, when that is not the scheme's. */
  readonly host: string;

  constructor(host: string, message: string) {
    super('egress_denied', message);
    this.host = host;
  }
}

/** Failures of the way to the vendor that may be gone the next time. A certificate that is refused is not among them. */
const TRANSIENT: ReadonlyMap<string, string> = new Map([
  ['ECONNRESET', 'the connection was reset'],
  ['ECONNREFUSED', 'the connection was refused'],
  ['ECONNABORTED', 'the connection was aborted'],
  ['ENOTFOUND', 'the host name is not known'],
  ['EAI_AGAIN', 'the name server does not answer'],
  ['ENETDOWN', 'the network is down'],
  ['ENETUNREACH', 'the network cannot be reached'],
  ['EHOSTDOWN', 'the host is down'],
  ['EHOSTUNREACH', 'the host cannot be reached'],
  ['EPIPE', 'the connection was closed'],
  ['ETIMEDOUT', 'the connection timed out'],
  ['UND_ERR_SOCKET', 'the connection was closed'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connecting took too long'],
]);

/** The vendor wants a certificate, or another one. */
const WANTS_CERTIFICATE =
  /ALERT_(BAD_CERTIFICATE|CERTIFICATE_(REQUIRED|UNKNOWN|EXPIRED|REVOKED)|UNKNOWN_CA|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)/;

const OTHER: ReadonlyMap<string, readonly [GatewayErrorCode, string]> = new Map([
  ['UND_ERR_HEADERS_TIMEOUT', ['timeout', 'the answer did not start in time']],
  ['UND_ERR_HEADERS_OVERFLOW', ['vendor_bad_response', 'the headers of the answer are too large']],
  ['UND_ERR_RES_EXCEEDED_MAX_SIZE', ['vendor_bad_response', 'the answer is too large; ask for less at once']],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', ['vendor_bad_response', 'the answer is shorter or longer than it says']],
  ['UND_ERR_INVALID_ARG', ['egress_denied', 'the method, path or a header is not valid HTTP']],
]);

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

export function isTransient(error: unknown): boolean {
  return TRANSIENT.has(codeOf(error));
}

/** What was thrown while calling `origin`, as a failure that names the origin and nothing else of the request. */
export function toFailure(error: unknown, origin: string): GatewayFailure {
  if (error instanceof GatewayFailure) return error;
  const code = codeOf(error);
  const transient = TRANSIENT.get(code);
  if (transient !== undefined) return new GatewayFailure('vendor_unavailable', `${origin}: ${transient} (${code})`);
  const other = OTHER.get(code);
  if (other !== undefined) return new GatewayFailure(other[0], `${origin}: ${other[1]}`);
  if (error instanceof errors.HTTPParserError)
    return new GatewayFailure('vendor_bad_response', `${origin}: the answer is not HTTP`);
  // zlib, brotli and zstd each have their own spelling.
  if (/^(Z_|ERR__ERROR_|ERR_BROTLI|ZSTD_)/.test(code)) {
    return new GatewayFailure('vendor_bad_response', `${origin}: the answer cannot be decompressed (${code})`);
  }
  if (WANTS_CERTIFICATE.test(code)) {
    return new GatewayFailure('auth_failed', `${origin}: the vendor does not take our client certificate (${code})`);
  }
  if (/CERT|TLS|SSL|SIGNATURE|ERR_OSSL/.test(code)) {
    return new GatewayFailure('vendor_unavailable', `${origin}: no secure connection, check the certificate (${code})`);
  }
  return new GatewayFailure('vendor_unavailable', `${origin}: the call failed${code === '' ? '' : ` (${code})`}`);
}
