// What the gateway knows about one instance: where its calls may go and what is added to them.
import { Problem } from '../errors.ts';

export type Credentials =
  | { readonly type: 'basic'; readonly username: string; readonly password: string }
  | { readonly type: 'bearer'; readonly token: string }
  | { readonly type: 'apiKey'; readonly in: 'header' | 'query'; readonly name: string; readonly value: string };

/** One instance at one revision of its config and secrets. */
export interface Connection {
  /** Places and sockets are counted per instance. */
  readonly instanceId: string;
  /** Changed config or secrets make a new revision; runs that are open keep theirs. */
  readonly revision: number;
  readonly baseUrl: string | null;
  /** Granted hosts beside the base URL: exact DNS names or `*.suffix`, https on port 443 only. */
  readonly hosts: readonly string[];
  /** Added to calls to the base URL's origin, nowhere else. */
  readonly credentials: Credentials | null;
  /** Requests in flight at the same time; the host's default when left out. */
  readonly concurrency?: number;
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
