// When the personal access tokens of the account expire. Only Data Center tells, and only whom one belongs to; which of them is the one
// in use it does not say.
import { isVendorError, readJson, type Expiry } from '@jackfield/sdk';
import type { JiraContext } from './config.ts';
import type { Deployment } from './deployment.ts';
import { isObject, send } from './request.ts';

const TOKENS = '/rest/pat/latest/tokens';

/** Undefined when Jira does not say, or signs in without such a token. */
export async function readTokenExpiries(
  ctx: JiraContext,
  { kind }: Deployment,
): Promise<readonly Expiry[] | undefined> {
  const { email, oauthClientId } = ctx.config;
  if (kind !== 'dataCenter' || email !== undefined || oauthClientId !== undefined) return undefined;
  try {
    const response = await send(ctx, TOKENS);
    if (!response.ok) {
      // Before 8.14, or switched off by the administrator.
      await response.body?.cancel();
      return undefined;
    }
    const tokens = await readJson<unknown>(response);
    return Array.isArray(tokens) ? tokens.flatMap(expiryOf) : undefined;
  } catch (error) {
    if (!isVendorError(error) || error.code === 'auth_failed' || error.code === 'rate_limited') throw error;
    return undefined;
  }
}

/** A token without an end has none. */
function expiryOf(token: unknown): Expiry[] {
  if (!isObject(token) || typeof token['name'] !== 'string' || typeof token['expiringAt'] !== 'string') return [];
  const at = new Date(token['expiringAt']);
  return Number.isNaN(at.getTime()) ? [] : [{ what: `personal access token "${token['name']}"`, at }];
}
