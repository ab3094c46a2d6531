// Signing in at a provider: OpenID Connect, code flow with PKCE. Whoever comes back is found by what the provider calls them, never by
// their mail address, which somebody else may have had; role and clients are what its claims say, anew each time.
import { randomUUID } from 'node:crypto';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  discovery,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { Problem } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Queryable, Store } from '../store/index.ts';
import type { Audit } from './audit.ts';
import { type Claims, clientsFrom, type OidcSettings, roleFrom } from './oidc-settings.ts';
import type { Role } from '../roles.ts';
import type { Begun, Caller, Sessions } from './sessions.ts';
import { lockUser, readUsers, updateUser, type UserRow } from './user-rows.ts';
import { addUser, storedOf, tellOf } from './users.ts';

/** What the browser keeps while its user is at the provider. */
export interface OidcTrip {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface Oidc {
  /** Where to send the browser. `redirectUri`: where it is to come back. @throws Problem `vendor_unavailable`. */
  leave(redirectUri: string): Promise<{ readonly url: string; readonly trip: OidcTrip }>;
  /** `url`: with which it has come back. @throws Problem `auth_failed`, or `permission_denied` for somebody without a role here. */
  arrive(url: URL, trip: OidcTrip, caller: Caller): Promise<Begun>;
}

export interface OidcParts {
  readonly store: Pick<Store, 'db'>;
  readonly audit: Audit;
  readonly sessions: Sessions;
  readonly settings: OidcSettings;
  readonly log: Log;
  /** Seconds that the provider may take for an answer. */
  readonly timeout: number;
}

interface Person {
  readonly issuer: string;
  readonly subject: string;
  readonly claims: Claims;
  readonly role: Role;
}

export function createOidc(parts: OidcParts): Oidc {
  const { settings, log, sessions, audit, timeout } = parts;
  const { db } = parts.store;
  let known: Promise<Configuration> | undefined;

  /** Asked when somebody wants to sign in: a provider that is down stops no host from starting. */
  const provider = async (): Promise<Configuration> => {
    const { issuer, clientId, clientSecret } = settings;
    const isPlain = issuer.startsWith('http:');
    // To this machine only, as the settings say; the mark is to make it stand out.
    // oxlint-disable-next-line typescript/no-deprecated
    const plain = isPlain ? { execute: [allowInsecureRequests] } : {};
    known ??= discovery(new URL(issuer), clientId, clientSecret, undefined, {
      timeout,
      ...plain,
    });
    try {
      return await known;
    } catch (error) {
      known = undefined;
      log.warn({ err: error, issuer }, 'the provider that people sign in with does not answer');
      throw new Problem('vendor_unavailable', 'the provider that people sign in with does not answer', {
        cause: error,
        next: 'Try again later, or sign in with a password.',
      });
    }
  };

  return {
    async leave(redirectUri) {
      const config = await provider();
      const trip = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
      const url = buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: settings.scope,
        state: trip.state,
        nonce: trip.nonce,
        code_challenge: await calculatePKCECodeChallenge(trip.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, trip };
    },

    async arrive(url, trip, caller) {
      const config = await provider();
      const { issuer, subject, claims } = await askWho(config, url, trip).catch((error: unknown) => {
        log.info({ err: error }, 'somebody came back from the provider without being signed in');
        throw new Problem('auth_failed', 'the provider has not signed you in', { cause: error, next: 'Try again.' });
      });
      const role = roleFrom(claims, settings);
      const [known] = await readUsers(db, { subject: { issuer, subject } });
      const refuse = async (why: string, next: string): Promise<never> => {
        await noteRefusal({ audit, db }, caller, { id: known?.id ?? 'unknown', why, issuer });
        throw new Problem('permission_denied', `your account ${why} here`, { next });
      };
      if (role === undefined) return refuse('has no role', `Ask whoever runs ${new URL(issuer).host} for a role.`);
      if (known?.enabled === false) return refuse('is disabled', 'Ask an admin to enable it.');
      return db.transaction().execute(async (trx) => {
        const person = { issuer, subject, claims, role };
        const user = await keep(trx, { audit, settings }, person, caller);
        return sessions.begin(trx, user, caller, `oidc ${issuer}`);
      });
    },
  };
}

async function askWho(config: Configuration, url: URL, trip: OidcTrip): Promise<Omit<Person, 'role'>> {
  const tokens = await authorizationCodeGrant(config, url, {
    pkceCodeVerifier: trip.verifier,
    expectedState: trip.state,
    expectedNonce: trip.nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims();
  if (claims === undefined) throw new Error('there is no ID token');
  const { userinfo_endpoint: more } = config.serverMetadata();
  const info = more === undefined ? {} : await fetchUserInfo(config, tokens.access_token, claims.sub);
  return { issuer: claims.iss, subject: claims.sub, claims: { ...info, ...claims } };
}

/** Their account here as the claims say; made when they come first. */
async function keep(
  trx: Queryable,
  { audit, settings }: { readonly audit: Audit; readonly settings: OidcSettings },
  { issuer, subject, claims, role }: Person,
  caller: Caller,
): Promise<UserRow> {
  const clients = await knownClients(trx, clientsFrom(claims, settings));
  const name = textOf(claims['name']) ?? textOf(claims['email']) ?? subject;
  const by = { address: caller.address, requestId: caller.requestId };
  const [before] = await readUsers(trx, { subject: { issuer, subject } });
  if (before === undefined) {
    const id = randomUUID();
    const login = await freeLogin(trx, textOf(claims['email']), `${subject}@${new URL(issuer).host}`);
    const grant = { role, clients, enabled: true, passwordHash: null };
    await addUser(trx, audit, { id, login, name, ...grant, issuer, subject }, { kind: 'nobody', id: null, ...by });
    return one(trx, id);
  }
  await lockUser(trx, before.id);
  const user = await one(trx, before.id);
  const now = storedOf(user);
  const wanted = { ...now, name, role, clients };
  if (JSON.stringify(tellOf(now)) !== JSON.stringify(tellOf(wanted))) {
    await updateUser(trx, wanted);
    const change = { before: tellOf(now), after: tellOf(wanted) };
    const actor = { kind: 'user', id: user.id, ...by } as const;
    await audit.record(trx, { actor, action: 'user.change', entity: { kind: 'user', id: user.id }, ...change });
  }
  return one(trx, user.id);
}

async function one(trx: Queryable, id: string): Promise<UserRow> {
  const [row] = await readUsers(trx, { id });
  if (row === undefined) throw new Error(`the user ${id} is gone`);
  return row;
}

/** Of a client that is not there nobody can be limited to anything. In the order of ids, as they are read. */
async function knownClients(trx: Queryable, wanted: readonly string[] | null): Promise<readonly string[] | null> {
  if (wanted === null || wanted.length === 0) return wanted;
  const rows = await trx
    .selectFrom('client')
    .select('id')
    .where('id', 'in', [...wanted])
    .orderBy('id')
    .execute();
  return rows.map(({ id }) => id);
}

/** Somebody with a password may have that login already: they are not the same person for that. */
async function freeLogin(trx: Queryable, email: string | undefined, otherwise: string): Promise<string> {
  const login = email?.toLowerCase();
  if (login === undefined || (await readUsers(trx, { login })).length > 0) return otherwise.toLowerCase();
  return login;
}

async function noteRefusal(
  { audit, db }: { readonly audit: Audit; readonly db: Queryable },
  { address, requestId }: Caller,
  { id, why, issuer }: { readonly id: string; readonly why: string; readonly issuer: string },
): Promise<void> {
  const actor = { kind: 'nobody', id: null, address, requestId } as const;
  const event = { actor, action: 'session.refused', entity: { kind: 'user', id } };
  await db.transaction().execute((trx) => audit.record(trx, { ...event, after: { why, issuer } }));
}

/** PostgreSQL has no text with a NUL in it. */
function textOf(claim: unknown): string | undefined {
  return typeof claim === 'string' && claim !== '' ? claim.replaceAll('\0', '').slice(0, 200) : undefined;
}
