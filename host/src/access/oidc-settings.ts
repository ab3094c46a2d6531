// How people sign in at a provider, and what its claims make of them here.
import { Problem } from '../errors.ts';
import { higherOf, isRole, type Role } from '../roles.ts';

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
  /** Claim whose values give roles; one that is not in `roles` gives none. */
  readonly roleClaim: string;
  readonly roles: ReadonlyMap<string, Role>;
  /** Claim with the ids of the clients that somebody is limited to, `*` for all; null: nobody is limited. */
  readonly clientClaim: string | null;
  readonly scope: string;
}

export interface OidcVariables {
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
  readonly roleClaim?: string | undefined;
  /** `soc=user,soc-leads=manager` */
  readonly roles?: string | undefined;
  readonly clientClaim?: string | undefined;
  readonly scope?: string | undefined;
}

/** Undefined when there is no issuer. @throws Problem `config_invalid`. */
export function parseOidc(variables: OidcVariables): OidcSettings | undefined {
  const { issuer, clientId, clientSecret, roleClaim = 'roles', roles = '', clientClaim, scope } = variables;
  if (issuer === undefined || issuer === '') return undefined;
  if (!URL.canParse(issuer)) throw invalid('JACKFIELD_OIDC_ISSUER', 'is no URL');
  if (!isSafe(new URL(issuer))) throw invalid('JACKFIELD_OIDC_ISSUER', 'must be an https URL');
  if (clientId === undefined) throw invalid('JACKFIELD_OIDC_CLIENT_ID', 'is missing');
  const known = new Map(roles.split(',').map(roleOf));
  return {
    issuer,
    clientId,
    clientSecret,
    roleClaim,
    roles: known,
    clientClaim: clientClaim ?? null,
    scope: scope ?? 'openid email profile',
  };
}

/** A machine talks to itself without being overheard. */
export function isSafe({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || (protocol === 'http:' && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(hostname));
}

function roleOf(text: string): [string, Role] {
  const at = text.lastIndexOf('=');
  const role = text.slice(at + 1).trim();
  if (at < 1 || !isRole(role))
    throw invalid('JACKFIELD_OIDC_ROLES', `must be like "soc=user,soc-leads=manager" (got "${text}")`);
  return [text.slice(0, at).trim(), role];
}

function invalid(variable: string, what: string): Problem {
  return new Problem('config_invalid', `${variable} ${what}`, { next: 'Correct the variable and start again.' });
}

export type Claims = Readonly<Record<string, unknown>>;

/** Undefined when none of the values gives a role: then they have no business here. */
export function roleFrom(claims: Claims, { roleClaim, roles }: OidcSettings): Role | undefined {
  return textsOf(claims[roleClaim])
    .flatMap((value) => roles.get(value) ?? [])
    .reduce<Role | undefined>((found, role) => (found === undefined ? role : higherOf(found, role)), undefined);
}

/** Null: all. Who has no such claim is limited to none of the clients, and sees nothing. */
export function clientsFrom(claims: Claims, { clientClaim }: OidcSettings): readonly string[] | null {
  if (clientClaim === null) return null;
  const values = textsOf(claims[clientClaim]);
  return values.includes('*') ? null : [...new Set(values)];
}

/** A claim may be one value or many. */
function textsOf(claim: unknown): string[] {
  return [claim].flat().filter((value) => typeof value === 'string');
}
