// Ways to sign in. Each names config fields; the gateway reads their values and adds the credentials to every call.

/** HTTP Basic. `username` and `password` name config fields; `password` must be a secret one. */
export interface BasicAuth<F extends string = string> {
  readonly type: 'basic';
  readonly username: F;
  readonly password: F;
}
/** `Authorization: Bearer …`. `token` names a secret config field. */
export interface BearerAuth<F extends string = string> {
  readonly type: 'bearer';
  readonly token: F;
}
/** A key in a header or a query parameter called `name`. `value` names a secret config field. */
export interface ApiKeyAuth<F extends string = string> {
  readonly type: 'apiKey';
  readonly in: 'header' | 'query';
  readonly name: string;
  readonly value: F;
}
/**
 * OAuth 2: the gateway fetches access tokens from the token endpoint and adds them as bearer tokens. Every member but `grant` and
 * `scopes` names a config field; `clientSecret` and `refreshToken` must be secret ones.
 */
export interface OAuth2Auth<F extends string = string> {
  readonly type: 'oauth2';
  readonly grant: 'client_credentials' | 'refresh_token';
  /** On the base URL's origin, or https on a host of `network.hosts`. */
  readonly tokenUrl: F;
  readonly clientId: F;
  readonly clientSecret: F;
  /** For the grant of that name. When the vendor replaces it with each use, the host stores the new one. */
  readonly refreshToken?: F;
  readonly scopes?: readonly string[];
}
/** What {@link oauth2} takes: a refresh token with the grant of that name, and only then. */
export type OAuth2Fields<F extends string> = Pick<OAuth2Auth<F>, 'tokenUrl' | 'clientId' | 'clientSecret' | 'scopes'> &
  (
    | { readonly grant: 'client_credentials'; readonly refreshToken?: never }
    | { readonly grant: 'refresh_token'; readonly refreshToken: F }
  );
/** Any way to sign in. `F` are the names of the config's fields. */
export type Auth<F extends string = string> = BasicAuth<F> | BearerAuth<F> | ApiKeyAuth<F> | OAuth2Auth<F>;

/**
 * HTTP Basic from two config fields.
 *
 * @example
 * import { basic } from '@jackfield/sdk';
 *
 * export const auth = [basic({ username: 'email', password: 'apiToken' })];
 */
export function basic<const U extends string, const P extends string>(fields: {
  username: U;
  password: P;
}): BasicAuth<U | P> {
  return { type: 'basic', ...fields };
}

/**
 * A bearer token from a config field.
 *
 * @example
 * import { bearer } from '@jackfield/sdk';
 *
 * export const auth = [bearer({ token: 'personalAccessToken' })];
 */
export function bearer<const T extends string>(fields: { token: T }): BearerAuth<T> {
  return { type: 'bearer', ...fields };
}

/**
 * An API key from a config field, in a header or a query parameter.
 *
 * @example
 * import { apiKey } from '@jackfield/sdk';
 *
 * export const auth = [apiKey({ in: 'header', name: 'X-Api-Key', value: 'key' })];
 */
export function apiKey<const V extends string>(fields: {
  in: 'header' | 'query';
  name: string;
  value: V;
}): ApiKeyAuth<V> {
  return { type: 'apiKey', ...fields };
}

/**
 * OAuth 2 access tokens, fetched with the client's own credentials or a refresh token. The gateway keeps a token until shortly before
 * it expires and replaces one that the vendor refuses with 401; the plugin never sees one. The client authenticates by HTTP Basic, and
 * in the body where the server does not take that. Calls fail with `auth_failed` when the server refuses a token.
 *
 * @example
 * import { oauth2 } from '@jackfield/sdk';
 *
 * export const auth = [
 *   oauth2({
 *     grant: 'refresh_token',
 *     tokenUrl: 'tokenUrl',
 *     clientId: 'clientId',
 *     clientSecret: 'clientSecret',
 *     refreshToken: 'refreshToken',
 *   }),
 *   oauth2({
 *     grant: 'client_credentials',
 *     tokenUrl: 'tokenUrl',
 *     clientId: 'clientId',
 *     clientSecret: 'clientSecret',
 *     scopes: ['read:jira-work'],
 *   }),
 * ];
 */
export function oauth2<const F extends string>(fields: OAuth2Fields<F>): OAuth2Auth<F> {
  return { type: 'oauth2', ...fields };
}
