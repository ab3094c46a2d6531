// One call and what its answer means. FortiOS answers 401, 429 and some 403 with HTML, endpoint errors with JSON.
import { assertOk, readJson, VendorError } from '@jackfield/sdk';
import type { Ctx } from './config.ts';
import { parseEnvelopes, type Envelope } from './envelope.ts';
import type { Scope } from './vdom.ts';

/** One read: a path below /api/v2/ and its parameters. */
export interface Read {
  readonly path: string;
  readonly scope: Scope;
  /** A name may come more than once. */
  readonly params?: Readonly<Record<string, string>> | readonly (readonly [name: string, value: string])[];
}

/** 403: no right to it; 404: not on this model or version; 424: it depends on something that is not set up. */
type Absence = 403 | 404 | 424;

export type Answer =
  | {
      readonly here: true;
      readonly envelopes: readonly Envelope[];
      /** VDOMs that are there and do not answer: no right to them, or not the endpoint. */
      readonly refused: readonly string[];
    }
  | { readonly here: false; readonly status: Absence };

// The default lock is 60 s (admin-lockout-duration) and every further attempt starts it anew.
const LOCK_MS = 5 * 60_000;

// The gateway would try a 429 again, and here each try makes the lock longer. It takes the header off.
const HEADERS = { accept: 'application/json', 'x-jackfield-no-retry': '1' };

function isAbsence(status: number): status is Absence {
  return status === 403 || status === 404 || status === 424;
}

function urlOf(read: Read): string {
  const { params = [] } = read;
  const pairs = Array.isArray(params) ? params : Object.entries(params);
  const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  // The commas between VDOM names stay as they are.
  if (read.scope !== null) query.push(`vdom=${read.scope.split(',').map(encodeURIComponent).join(',')}`);
  return `/api/v2/${read.path}${query.length === 0 ? '' : `?${query.join('&')}`}`;
}

function assertNotTurnedAway(status: number, path: string): void {
  if (status === 401) {
    throw new VendorError(
      'auth_failed',
      `${path} answered 401: the API token is wrong or disabled, or this host's address is not in the api-user's trusthost list`,
    );
  }
  if (status === 429) {
    throw new VendorError('rate_limited', `${path} answered 429: source blocked after failed sign-ins`, {
      retryAfterMs: LOCK_MS,
    });
  }
}

/**
 * Performs one call, without signing in first.
 * @throws VendorError `auth_failed` (401), `rate_limited` (429), `vendor_unavailable`, `vendor_error`, `vendor_bad_response`.
 */
export async function call(ctx: Ctx, read: Read): Promise<Answer> {
  const response = await ctx.fetch(urlOf(read), { headers: HEADERS, signal: ctx.signal });
  if (!response.ok) {
    await response.body?.cancel();
    assertNotTurnedAway(response.status, read.path);
    if (isAbsence(response.status)) return { here: false, status: response.status };
    assertOk(response);
  }
  const envelopes = parseEnvelopes(await readJson<unknown>(response));
  if (envelopes === null) {
    throw new VendorError('vendor_bad_response', `${read.path} answered JSON that is not a FortiOS answer`);
  }
  return judge(ctx, read, envelopes);
}

/** VDOMs that do not have the endpoint are left out; any other failure is the whole call's, or rows would be missing unseen. */
function judge(ctx: Ctx, read: Read, envelopes: readonly Envelope[]): Answer {
  const good: Envelope[] = [];
  const refused: string[] = [];
  let absent: Absence | undefined;
  for (const envelope of envelopes) {
    const { failure, vdom } = envelope;
    if (failure === null) {
      good.push(envelope);
    } else if (isAbsence(failure)) {
      absent = failure === 403 ? 403 : (absent ?? failure);
      if (vdom !== null) refused.push(vdom);
      ctx.log.warn('a VDOM was left out', { path: read.path, vdom, status: failure });
    } else {
      assertNotTurnedAway(failure, read.path);
      const status = failure === 0 ? '' : ` with status ${failure}`;
      throw new VendorError('vendor_error', `${read.path} answered an error${status} for VDOM ${vdom ?? 'unknown'}`);
    }
  }
  if (good.length === 0 && absent !== undefined) return { here: false, status: absent };
  return { here: true, envelopes: good, refused };
}
