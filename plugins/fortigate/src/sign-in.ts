// One cheap call before all others: it says that a FortiGate answers, so that an endpoint which is missing is one that this device
// does not have. Runs that start together share it.
import { VendorError } from '@jackfield/sdk';
import { call } from './call.ts';
import { fieldsOf, textOf } from './cells.ts';
import type { Ctx } from './config.ts';
import type { Envelope } from './envelope.ts';
import { deviceScope } from './vdom.ts';

// Long enough for a dashboard's worth of queries, short enough to notice a token that was withdrawn.
const FRESH_MS = 60_000;

let signedIn: { readonly at: number; readonly status: Envelope } | undefined;
interface SharedCall {
  readonly work: Promise<Envelope>;
  readonly owner: AbortSignal;
}
let pending: SharedCall | undefined;

/** The next run signs in again. */
export function forgetSignIn(): void {
  signedIn = undefined;
}

/**
 * Returns when the device is known to accept the token, with what it last said of itself.
 * @throws VendorError as `askStatus`.
 */
export async function signIn(ctx: Ctx): Promise<Envelope> {
  while (pending !== undefined) {
    const shared = await share(pending, ctx);
    if (shared !== undefined) return shared;
  }
  if (signedIn !== undefined && ctx.now().getTime() - signedIn.at < FRESH_MS) return signedIn.status;
  return askNow(ctx);
}

/**
 * What the device says of itself now; a call that is under way will do.
 * @throws VendorError as `call`, `permission_denied` (403), `not_found` (404: something else answers there).
 */
export async function askStatus(ctx: Ctx): Promise<Envelope> {
  while (pending !== undefined) {
    const shared = await share(pending, ctx);
    if (shared !== undefined) return shared;
  }
  return askNow(ctx);
}

/** Undefined when the run that made the call was cancelled: then the answer is still open. */
async function share({ work, owner }: SharedCall, ctx: Ctx): Promise<Envelope | undefined> {
  try {
    return await untilAborted(work, ctx.signal);
  } catch (error) {
    if (ctx.signal.aborted || !owner.aborted) throw error;
    if (pending?.work === work) pending = undefined;
    return undefined;
  }
}

async function askNow(ctx: Ctx): Promise<Envelope> {
  forgetSignIn();
  const mine = { work: greet(ctx), owner: ctx.signal };
  pending = mine;
  try {
    const envelope = await mine.work;
    signedIn = { at: ctx.now().getTime(), status: envelope };
    return envelope;
  } finally {
    if (pending === mine) pending = undefined;
  }
}

async function greet(ctx: Ctx): Promise<Envelope> {
  const path = 'monitor/system/status';
  const answer = await call(ctx, { path, scope: deviceScope(ctx) });
  const envelope = answer.here ? answer.envelopes[0] : undefined;
  if (envelope !== undefined) return envelope;
  if (!answer.here && answer.status === 403) {
    const cause = 'the token may not read this VDOM; name the VDOMs it may read in config/vdoms';
    throw new VendorError('permission_denied', `${path} answered 403: ${cause}`);
  }
  const got = answer.here ? 'nothing' : String(answer.status);
  throw new VendorError(
    'not_found',
    `${path} answered ${got}: the base URL is not a FortiGate's administration interface`,
  );
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** What a status answer says of the device. Before FortiOS 6.4 `results` is empty, and the serial tells the model. */
export function identityOf(envelope: Envelope): { hostname: string | null; model: string | null } {
  const fields = fieldsOf(envelope.results) ?? {};
  const named = [textOf(fields['model_name']), textOf(fields['model_number'])]
    .filter((part) => part !== null)
    .join(' ');
  const model = named === '' ? textOf(fields['model']) : named;
  return { hostname: textOf(fields['hostname']), model: model ?? envelope.serial?.slice(0, 6) ?? null };
}
