// What is said to a token endpoint (RFC 6749), and what its answer means. Pure. Of an answer nothing is ever repeated but an
// error code of the standard: servers put what they were sent into their descriptions.
import type { Limits } from '../../limits.ts';
import type { OAuth2Credentials } from '../connection.ts';
import { GatewayFailure } from './failure.ts';
import type { HeaderList } from './header.ts';

/** How the client says who it is: by HTTP Basic, which every server must take (2.3.1), or in the body, which some take only. */
export type ClientProof = 'basic' | 'body';

export interface TokenForm {
  readonly headers: HeaderList;
  readonly body: Uint8Array;
}

/** `refreshToken` for the grant of that name. */
export function tokenForm(
  credentials: OAuth2Credentials,
  proof: ClientProof,
  refreshToken: string | undefined,
): TokenForm {
  const { grant, clientId, clientSecret, scopes } = credentials;
  const form = new URLSearchParams({ grant_type: grant });
  if (refreshToken !== undefined) form.set('refresh_token', refreshToken);
  if (scopes.length > 0) form.set('scope', scopes.join(' '));
  const headers: [string, string][] = [
    ['accept', 'application/json'],
    ['content-type', 'application/x-www-form-urlencoded'],
  ];
  if (proof === 'basic') {
    headers.push(['authorization', `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)}`]);
  } else {
    form.set('client_id', clientId);
    form.set('client_secret', clientSecret);
  }
  return { headers, body: new TextEncoder().encode(form.toString()) };
}

/** Name and secret are form-encoded before they are joined: either may hold a colon. */
function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}

/** The endpoint understood, and said no. */
export class TokenRefusal extends GatewayFailure {
  /** The refresh token is used up, expired or revoked. */
  readonly staleGrant: boolean;

  constructor(message: string, staleGrant: boolean) {
    super('auth_failed', message);
    this.name = 'TokenRefusal';
    this.staleGrant = staleGrant;
  }
}

export interface TokenAnswer {
  readonly accessToken: string;
  /** Undefined when the old one stays good. */
  readonly refreshToken: string | undefined;
  readonly lifeMs: number;
}

/** Throws what the run is told. */
export function readTokenAnswer(
  credentials: OAuth2Credentials,
  status: number,
  text: string,
  limits: Limits['gateway'],
): TokenAnswer {
  const { origin } = new URL(credentials.tokenUrl);
  const said = parseObject(text);
  if (status >= 500 || status === 429) {
    throw new GatewayFailure('vendor_unavailable', `${origin}: the token endpoint is busy or down (${status})`);
  }
  if (status === 400 || status === 401 || status === 403) {
    const error = said?.['error'];
    if (typeof error === 'string' || status === 401) throw refusal(credentials, origin, status, error);
  }
  const where = `${origin}: the token endpoint answered ${status}`;
  const check = `check "${credentials.fields.tokenUrl}"`;
  if (status !== 200) throw new GatewayFailure('vendor_bad_response', `${where}, which is no answer to this; ${check}`);
  const accessToken = said?.['access_token'];
  if (typeof accessToken !== 'string' || !isToken(accessToken, limits.headerBytes)) {
    throw new GatewayFailure('vendor_bad_response', `${where} without a usable access token; ${check}`);
  }
  const type = said?.['token_type'];
  if (type !== undefined && !(typeof type === 'string' && type.toLowerCase() === 'bearer')) {
    throw new GatewayFailure('vendor_bad_response', `${where} with a token that is not a bearer token`);
  }
  const next = said?.['refresh_token'];
  return {
    accessToken,
    refreshToken: typeof next === 'string' && next !== '' && next.length <= limits.tokenBytes ? next : undefined,
    lifeMs: lifeOf(said?.['expires_in'], limits.tokenLife),
  };
}

/** Codes of RFC 6749, 5.2, and the one that Atlassian answers to a wrong client. */
const REFUSALS: ReadonlySet<unknown> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'access_denied',
]);

function refusal({ grant, fields }: OAuth2Credentials, origin: string, status: number, error: unknown): TokenRefusal {
  const code = REFUSALS.has(error) ? String(error) : String(status);
  if (error === 'invalid_grant' && grant === 'refresh_token') {
    const next = `authorise the app again at the vendor, and set the refresh token it gives as "${fields.refreshToken}"`;
    return new TokenRefusal(`${origin}: the refresh token is no longer valid (${code}); ${next}`, true);
  }
  const next =
    error === 'invalid_scope'
      ? 'allow the app the scopes that the plugin asks for'
      : error === 'unauthorized_client' || error === 'unsupported_grant_type'
        ? `allow the app the grant "${grant}" at the vendor`
        : `check "${fields.clientId}" and "${fields.clientSecret}"`;
  return new TokenRefusal(`${origin}: the app was refused a token (${code}); ${next}`, false);
}

/** It goes into a header. */
function isToken(text: string, most: number): boolean {
  return text.length <= most / 2 && /^[\x21-\x7e]+$/.test(text);
}

/** Some servers send the number as text. */
function lifeOf(value: unknown, otherwise: number): number {
  const seconds = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : otherwise;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
