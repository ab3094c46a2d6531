// What the gateway knows about one instance: where its calls may go and what is added to them.
import { Problem } from '../errors.ts';
import type { RateLimit } from './gate-state.ts';

/** Credentials that are added to a request as they are. */
export type FixedCredentials =
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'bearer'; readonly token: string }
  | { readonly type: 'apiKey'; readonly in: 'header' | 'query'; readonly name: string; readonly value: string };

/** The gateway trades these for an access token at the token URL, and adds that as a bearer token. */
export interface OAuth2Credentials {
  readonly type: 'oauth2';
  readonly grant: 'client_credentials' | 'refresh_token';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: readonly string[];
  readonly refresh?: {
    readonly token: string;
    /** Where a new one is stored when the vendor replaces it; null when it was typed and is stored nowhere. */
    readonly place: RefreshTokenPlace | null;
  };
  /** Config fields the values come from: a failure says which to look at. */
  readonly fields: {
    readonly tokenUrl: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly refreshToken?: string;
  };
}

export type Credentials = FixedCredentials | OAuth2Credentials;

/** A stored refresh token: its field, and the revision of the instance that the reader knows. */
export interface RefreshTokenPlace {
  readonly instanceId: string;
  readonly revision: string;
  readonly field: string;
}

/** How the vendor's certificate is checked, on the base URL's origin only. */
export interface TlsSettings {
  /** The config field that holds them: a failure says what to set. */
  readonly field: string;
  readonly verify: boolean;
  /** Trusted instead of the well-known CAs. */
  readonly caPem?: string;
  /** SHA-256 of the one certificate that is accepted: 64 hexadecimal digits in upper case. */
  readonly fingerprint256?: string;
  /** The name the certificate is made out to, when it is not the base URL's host. */
  readonly serverName?: string;
}

/** What the host shows to the base URL's origin when that asks for a certificate. Both in PEM. */
export interface ClientCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** One instance at one revision of its config and secrets. */
export interface Connection {
  /** Places and sockets are counted per instance. */
  readonly instanceId: string;
  /**
   * Changed config or secrets make a new revision; runs that are open keep theirs. An id may be used again after its instance
   * was deleted, so a number alone is only good enough where that cannot happen.
   */
  readonly revision: number | string;
  readonly baseUrl: string | null;
  /** Granted hosts beside the base URL: exact DNS names or `*.suffix`, https on port 443 only. */
  readonly hosts: readonly string[];
  /** Added to calls to the base URL's origin, nowhere else. */
  readonly credentials: Credentials | null;
  /** Left out when the plugin has no config field for it: then well-known CAs are trusted. */
  readonly tls?: TlsSettings;
  readonly clientCertificate?: ClientCertificate;
  /** Requests in flight at the same time; the host's default when left out. */
  readonly concurrency?: number;
  /** Left out: as many as there are. */
  readonly rate?: RateLimit;
  /** Secrets of the instance that no cassette may hold, beside those of its credentials. */
  readonly secrets?: readonly string[];
}

/** Throws `config_invalid` for a base URL that the gateway could not keep to. Never repeats the URL: it may hold a password. */
export function assertConnection(connection: Connection): void {
  const { baseUrl, instanceId } = connection;
  if (baseUrl === null) return;
  const url = URL.parse(baseUrl);
  const fault =
    url === null
      ? 'is not a URL'
      : url.protocol !== 'https:' && url.protocol !== 'http:'
        ? `has the scheme "${url.protocol}"`
        : url.username !== '' || url.password !== ''
          ? 'holds a user name or password'
          : url.search !== '' || url.hash !== ''
            ? 'has a query or fragment'
            : undefined;
  if (fault === undefined) return;
  throw new Problem(
    'config_invalid',
    `instance "${instanceId}": the base URL must be a plain http or https URL, but it ${fault}`,
  );
}
