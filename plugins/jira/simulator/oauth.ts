// The site's token endpoint: client credentials, and refresh tokens of which each is good for one use.
import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import type { Answer } from './answer.ts';
import { isRecord, textIn } from './body.ts';
import type { Site } from './site.ts';

export interface OAuthClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The first one; each use gives the next. */
  readonly refreshToken: string;
  /** Seconds that an access token is good for. */
  readonly lifetime: number;
}

export interface OAuth extends OAuthClient {
  /** Access tokens and when they end. */
  readonly accessTokens: Map<string, number>;
  readonly refreshTokens: Set<string>;
  /** Grants that were answered with a token, in order. */
  readonly grants: string[];
}

export function createOAuth(client: OAuthClient): OAuth {
  return { ...client, accessTokens: new Map(), refreshTokens: new Set([client.refreshToken]), grants: [] };
}

/** `body` is the parsed JSON or form, `authorization` the header: a client may show itself in either. */
export function answerToken(site: Site, body: unknown, authorization: string | undefined): Answer {
  const { oauth, faults } = site;
  if (faults.has('oauth-down')) return { status: 502, text: 'Bad Gateway', headers: { 'content-type': 'text/plain' } };
  if (!isRecord(body)) return failure('invalid_request');
  if (!isClient(oauth, body, authorization)) return failure('invalid_client', 401);
  const grant = textIn(body, 'grant_type');
  if (grant !== 'client_credentials' && grant !== 'refresh_token') return failure('unsupported_grant_type');
  if (grant === 'refresh_token' && !oauth.refreshTokens.delete(textIn(body, 'refresh_token'))) {
    return failure('invalid_grant');
  }
  const access = `access-${randomUUID()}`;
  const lifetime = faults.has('oauth-expired') ? 0 : oauth.lifetime;
  oauth.accessTokens.set(access, site.now() + lifetime * 1000);
  oauth.grants.push(grant);
  const next = grant === 'refresh_token' ? { refresh_token: `refresh-${randomUUID()}` } : {};
  if (next.refresh_token !== undefined) oauth.refreshTokens.add(next.refresh_token);
  const scope = textIn(body, 'scope') || 'read:jira-work';
  return {
    status: 200,
    json: { access_token: access, token_type: 'Bearer', expires_in: oauth.lifetime, scope, ...next },
    headers: { 'cache-control': 'no-store' },
  };
}

export function isAccessToken({ oauth, now }: Site, authorization: string): boolean {
  const ends = oauth.accessTokens.get(authorization.replace(/^Bearer /, ''));
  return ends !== undefined && ends > now();
}

function isClient(oauth: OAuth, body: Record<string, unknown>, authorization: string | undefined): boolean {
  const [id = '', secret = ''] = authorization?.startsWith('Basic ')
    ? Buffer.from(authorization.slice(6), 'base64').toString().split(':').map(decodeURIComponent)
    : [textIn(body, 'client_id'), textIn(body, 'client_secret')];
  return isSame(id, oauth.clientId) && isSame(secret, oauth.clientSecret);
}

/** In a time that does not tell where they differ. */
export function isSame(a: string, b: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(a), hash(b));
}

function failure(error: string, status = 400): Answer {
  return { status, json: { error, error_description: `The token request is not accepted: ${error}` } };
}
