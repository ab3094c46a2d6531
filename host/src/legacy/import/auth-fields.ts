// Which config fields of a plugin a sign-in goes into. The plugin's manifest says: the auth scheme that takes most of it.
import type { AuthScheme, PluginManifest } from '@jackfield/schemas';
import type { SignIn } from './auth-shapes.ts';

export interface Filled {
  readonly config: Readonly<Record<string, unknown>>;
  /** Why it cannot sign in like this; undefined when it can. */
  readonly fault: string | undefined;
}

type Fields = Readonly<Record<string, string>>;

/** The parts that are secrets. What no field has taken stays behind, and its owner keeps it. */
const CREDENTIALS = ['password', 'token', 'apiKey', 'clientSecret', 'refreshToken', 'certificateKey'] as const;

export function fillSignIn({ auth, network, config, name }: PluginManifest, signIn: SignIn): Filled {
  const tls = network.tls === undefined || signIn.tls === undefined ? {} : { [network.tls]: signIn.tls };
  const { clientCertificate } = network;
  const certificate =
    clientCertificate === undefined || signIn.certificate === undefined || signIn.certificateKey === undefined
      ? {}
      : {
          [clientCertificate.certificate]: signIn.certificate,
          [clientCertificate.key]: signIn.certificateKey,
        };
  const filled = auth
    .map((scheme) => fillScheme(scheme, signIn))
    .filter((fields) => fields !== undefined)
    // Of two that take as much, the plugin's first.
    .reduce<Fields | undefined>(
      (best, next) => (best === undefined || taken(next) > taken(best) ? next : best),
      undefined,
    );
  const rest = { ...tls, ...certificate };
  if (filled !== undefined) return { config: { ...rest, ...filled }, fault: undefined };
  const isGiven = CREDENTIALS.some((part) => signIn[part] !== undefined);
  const needsOne =
    auth.length > 0 &&
    (isGiven || (config.required as readonly string[] | undefined)?.some((field) => isOfScheme(auth, field)) === true);
  if (!needsOne) return { config: rest, fault: undefined };
  const ways = auth.map((scheme) => scheme.type).join(', ');
  const fault = isGiven
    ? `its credentials are of a shape that the plugin "${name}" does not know (it signs in with: ${ways})`
    : `it has no credentials that the plugin "${name}" could use (it signs in with: ${ways})`;
  return { config: rest, fault };
}

const taken = (fields: Fields): number => Object.keys(fields).length;

/** The scheme's fields; undefined unless there is something for each of them. */
function fillScheme(scheme: AuthScheme, signIn: SignIn): Fields | undefined {
  const { username, apiKey, apiKeyHeader, clientId, clientSecret, refreshToken, tokenUrl } = signIn;
  // A key without a header is what the vendor calls its token; one that is sent in a header of its own is not.
  const token = signIn.token ?? (apiKeyHeader === undefined ? apiKey : undefined);
  switch (scheme.type) {
    case 'basic':
      return complete({ [scheme.username]: username, [scheme.password]: signIn.password ?? token });
    case 'bearer':
      return complete({ [scheme.token]: token });
    case 'apiKey': {
      const fits = apiKeyHeader === undefined || (scheme.in === 'header' && sameName(apiKeyHeader, scheme.name));
      return fits ? complete({ [scheme.value]: apiKey ?? signIn.token }) : undefined;
    }
    case 'oauth2': {
      const client = { [scheme.clientId]: clientId, [scheme.clientSecret]: clientSecret };
      const url = tokenUrl === undefined ? {} : { [scheme.tokenUrl]: tokenUrl };
      if (scheme.refreshToken === undefined) return complete({ ...client, ...url });
      return complete({ ...client, ...url, [scheme.refreshToken]: refreshToken });
    }
  }
}

function complete(fields: Readonly<Record<string, string | undefined>>): Fields | undefined {
  return Object.values(fields).includes(undefined) ? undefined : (fields as Fields);
}

function sameName(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function isOfScheme(auth: readonly AuthScheme[], field: string): boolean {
  return auth.some((scheme) => fieldsOf(scheme).includes(field));
}

/** Config fields that a scheme takes. */
export function fieldsOf(scheme: AuthScheme): string[] {
  switch (scheme.type) {
    case 'basic':
      return [scheme.username, scheme.password];
    case 'bearer':
      return [scheme.token];
    case 'apiKey':
      return [scheme.value];
    case 'oauth2': {
      const own = [scheme.tokenUrl, scheme.clientId, scheme.clientSecret];
      return scheme.refreshToken === undefined ? own : [...own, scheme.refreshToken];
    }
  }
}
