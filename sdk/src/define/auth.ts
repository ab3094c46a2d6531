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
/** Any way to sign in. `F` are the names of the config's fields. */
export type Auth<F extends string = string> = BasicAuth<F> | BearerAuth<F> | ApiKeyAuth<F>;

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
