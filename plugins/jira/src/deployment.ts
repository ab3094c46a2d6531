// Jira Cloud and Jira Data Center are two products: which one this is decides every search request.
import { VendorError } from '@jackfield/sdk';
import type { JiraContext } from './config.ts';
import { ask, badResponse } from './request.ts';

export interface Deployment {
  readonly kind: 'cloud' | 'dataCenter';
  readonly title: string;
  readonly version: string;
  /** Where people open the site; behind api.atlassian.com it is not the base URL. */
  readonly siteUrl: string;
}

/** Version 2 of the API answers this on both products; Cloud took away its search only. */
const SERVER_INFO = '/rest/api/2/serverInfo';

/** A module belongs to one instance, but its base URL may be edited. */
let known: { readonly baseUrl: string; readonly deployment: Deployment } | undefined;

/** The deployment, asked for once; a failure is not remembered. */
export async function deploymentOf(ctx: JiraContext): Promise<Deployment> {
  if (known?.baseUrl === ctx.config.baseUrl) return known.deployment;
  return readDeployment(ctx);
}

/** Asks Jira what it is. */
export async function readDeployment(ctx: JiraContext): Promise<Deployment> {
  const info = await ask(ctx, SERVER_INFO);
  const { deploymentType, version, serverTitle, baseUrl } = info;
  if (typeof version !== 'string') throw badResponse(SERVER_INFO, 'does not name a version: this is not Jira');
  const deployment: Deployment = {
    // Data Center says "Server", and so do the old ones that say nothing.
    kind: deploymentType === 'Cloud' ? 'cloud' : 'dataCenter',
    title: typeof serverTitle === 'string' ? serverTitle : 'Jira',
    version,
    siteUrl: (isWebUrl(baseUrl) ? baseUrl : ctx.config.baseUrl).replace(/\/+$/, ''),
  };
  known = { baseUrl: ctx.config.baseUrl, deployment };
  return deployment;
}

function isWebUrl(value: unknown): value is string {
  return typeof value === 'string' && /^https?:\/\/[^\s"'<>]+$/.test(value);
}

/** Who is signed in. */
export async function readAccount(ctx: JiraContext, deployment: Deployment): Promise<string> {
  const path = deployment.kind === 'cloud' ? '/rest/api/3/myself' : '/rest/api/2/myself';
  const { displayName, name, accountId } = await ask(ctx, path);
  const account = [displayName, name, accountId].find((value) => typeof value === 'string' && value !== '');
  if (typeof account !== 'string') {
    throw new VendorError('vendor_bad_response', `${path} does not name the account that is signed in`);
  }
  return account;
}
