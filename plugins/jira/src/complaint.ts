// What Jira says is wrong with a request that a person wrote, or with the config: shown to people, so only words are taken over.
import { VendorError } from '@jackfield/sdk';
import type { JiraContext } from './config.ts';
import { isObject } from './request.ts';

const LONGEST = 500;

/** The messages of an ErrorCollection in one line. Reads the body. */
export async function complaintOf(response: Response): Promise<string> {
  const answer: unknown = await response.json().catch(() => null);
  if (!isObject(answer)) return 'it does not say why';
  const { errorMessages, errors } = answer;
  const general = Array.isArray(errorMessages) ? errorMessages : [];
  const ofFields = isObject(errors) ? Object.entries(errors).map(([field, why]) => `${field}: ${String(why)}`) : [];
  const texts = [...general, ...ofFields].filter((each) => typeof each === 'string');
  const line = texts
    .join('; ')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return line === '' ? 'it does not say why' : line.slice(0, LONGEST).toWellFormed();
}

/** The context, with every 400 taken for what is wrong with people's own input, in Jira's words after `what`. */
export function complaining(ctx: JiraContext, code: 'params_invalid' | 'config_invalid', what: string): JiraContext {
  const fetch: JiraContext['fetch'] = async (input, init) => {
    const response = await ctx.fetch(input, init);
    if (response.status !== 400) return response;
    throw new VendorError(code, `${what}: ${await complaintOf(response)}`);
  };
  return { ...ctx, fetch };
}
