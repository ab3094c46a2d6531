// How queries read the device: signed in first, an endpoint that is not here gives nothing.
import { isVendorError, VendorError } from '@jackfield/sdk';
import { call, type Answer, type Read } from './call.ts';
import type { Ctx } from './config.ts';
import type { Envelope } from './envelope.ts';
import { forgetSignIn, signIn } from './sign-in.ts';

/**
 * Signs in when needed, then asks. A device refuses a list of VDOMs as a whole when it refuses one of them: then each is asked
 * for itself.
 */
export async function ask(ctx: Ctx, read: Read): Promise<Answer> {
  await signIn(ctx);
  try {
    const answer = await call(ctx, read);
    const names = read.scope?.split(',') ?? [];
    return !answer.here && answer.status === 403 && names.length > 1 ? await askEach(ctx, read, names) : answer;
  } catch (error) {
    if (isVendorError(error) && (error.code === 'auth_failed' || error.code === 'rate_limited')) forgetSignIn();
    throw error;
  }
}

async function askEach(ctx: Ctx, read: Read, names: readonly string[]): Promise<Answer> {
  const envelopes: Envelope[] = [];
  const refused: string[] = [];
  let absent: Answer = { here: false, status: 403 };
  for (const scope of names) {
    const answer = await call(ctx, { ...read, scope });
    if (answer.here) {
      envelopes.push(...answer.envelopes);
      continue;
    }
    refused.push(scope);
    if (answer.status !== 403) absent = answer;
    ctx.log.warn('a VDOM was left out', { path: read.path, vdom: scope, status: answer.status });
  }
  return envelopes.length === 0 ? absent : { here: true, envelopes, refused };
}

/** The answer a query cannot do without. Nothing when the device does not have the endpoint. */
export async function readRequired(ctx: Ctx, read: Read): Promise<readonly Envelope[]> {
  return (await readWithRefusals(ctx, read)).envelopes;
}

/** The same, and the VDOMs that did not answer. */
export async function readWithRefusals(
  ctx: Ctx,
  read: Read,
): Promise<{ readonly here: boolean; readonly envelopes: readonly Envelope[]; readonly refused: readonly string[] }> {
  const answer = await ask(ctx, read);
  if (answer.here) return answer;
  if (answer.status === 403) throw denied(read);
  return { here: false, envelopes: present(ctx, read, answer), refused: [] };
}

/** An answer that adds to a query. Nothing when the device does not have the endpoint or does not allow it. */
export async function readOptional(ctx: Ctx, read: Read): Promise<readonly Envelope[]> {
  return present(ctx, read, await ask(ctx, read));
}

function denied(read: Read): VendorError {
  const where = read.scope === null || read.scope === '*' ? '' : ` in VDOM ${read.scope}`;
  return new VendorError(
    'permission_denied',
    `the token may not read ${read.path}${where}: its accprofile lacks the right, or its VDOM list lacks the VDOM`,
  );
}

/** Two reads at once, as many as a small device should carry. Both have ended when it returns or throws. */
export async function both<A, B>(first: () => Promise<A>, second: () => Promise<B>): Promise<readonly [A, B]> {
  const reads = [Promise.try(first), Promise.try(second)] as const;
  await Promise.allSettled(reads);
  return Promise.all(reads);
}

function present(ctx: Ctx, read: Read, answer: Answer): readonly Envelope[] {
  if (answer.here) return answer.envelopes;
  ctx.log.info('the device does not offer this endpoint', { path: read.path, vdom: read.scope, status: answer.status });
  return [];
}
