import type { AuthScheme } from '@jackfield/schemas';
import type { Connection, Credentials } from '../gateway/index.ts';
import type { PluginVersion } from '../kernel/index.ts';
import type { ParsedConfig } from './config-schema.ts';
import { paceOf, type PaceOverride } from './pace.ts';
import { tlsSettingsOf } from './tls-config.ts';

/** Which of a config's secrets are the stored ones of a saved instance. */
export interface StoredFields {
  readonly instanceId: string;
  readonly revision: string;
  /** By config field the one it is stored in, which is another while a migration of the config is tried out. */
  readonly fields: ReadonlyMap<string, string>;
}

/** Where the parts of a connection come from that the config does not say. */
export interface Origins {
  readonly stored?: StoredFields | undefined;
  /** Limits that an admin has set. */
  readonly override?: PaceOverride | null;
  /** Stands for the secrets that are not kept here. */
  readonly referenced?: string | undefined;
}

/** What the gateway needs to call an instance's vendor. */
export function connectionOf(
  instance: { readonly id: string; readonly revision: string },
  plugin: PluginVersion,
  { visible, secrets, baseUrl }: ParsedConfig,
  { stored, override = null }: Origins,
): Connection {
  const { auth, network, rateLimits } = plugin.manifest;
  const valueOf = (field: string): string | undefined => {
    const value = secrets.get(field) ?? visible[field];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  return {
    instanceId: instance.id,
    revision: instance.revision,
    baseUrl,
    hosts: plugin.hosts,
    credentials:
      auth
        .values()
        .map((scheme) => credentialsOf(scheme, valueOf, stored))
        .find((c) => c !== undefined) ?? null,
    ...(network.tls === undefined ? {} : { tls: tlsSettingsOf(visible[network.tls], network.tls) }),
    ...clientCertificateOf(network.clientCertificate, valueOf),
    ...paceOf(rateLimits, override),
  };
}

/** Both or none: one without the other is refused when it is saved. */
function clientCertificateOf(
  fields: PluginVersion['manifest']['network']['clientCertificate'],
  valueOf: ValueOf,
): Pick<Connection, 'clientCertificate'> {
  const certificate = fields && valueOf(fields.certificate);
  const key = fields && valueOf(fields.key);
  return certificate === undefined || key === undefined ? {} : { clientCertificate: { certificate, key } };
}

type ValueOf = (field: string) => string | undefined;

/** The scheme with its fields' values; undefined unless all of them are set. */
function credentialsOf(
  scheme: AuthScheme,
  valueOf: ValueOf,
  stored: StoredFields | undefined,
): Credentials | undefined {
  switch (scheme.type) {
    case 'basic': {
      const username = valueOf(scheme.username);
      const password = valueOf(scheme.password);
      return username === undefined || password === undefined ? undefined : { type: 'basic', username, password };
    }
    case 'bearer': {
      const token = valueOf(scheme.token);
      return token === undefined ? undefined : { type: 'bearer', token };
    }
    case 'apiKey': {
      const value = valueOf(scheme.value);
      return value === undefined ? undefined : { type: 'apiKey', in: scheme.in, name: scheme.name, value };
    }
    case 'oauth2':
      return oauth2Of(scheme, valueOf, stored);
  }
}

function oauth2Of(
  { grant, scopes, ...fields }: Extract<AuthScheme, { type: 'oauth2' }>,
  valueOf: ValueOf,
  stored: StoredFields | undefined,
): Credentials | undefined {
  const tokenUrl = valueOf(fields.tokenUrl);
  const clientId = valueOf(fields.clientId);
  const clientSecret = valueOf(fields.clientSecret);
  if (tokenUrl === undefined || clientId === undefined || clientSecret === undefined) return undefined;
  const common = { type: 'oauth2', grant, tokenUrl, clientId, clientSecret, scopes: scopes ?? [], fields } as const;
  if (grant === 'client_credentials') return common;
  const field = fields.refreshToken;
  const token = field === undefined ? undefined : valueOf(field);
  if (field === undefined || token === undefined) return undefined;
  const storedIn = stored?.fields.get(field);
  if (stored === undefined || storedIn === undefined) return { ...common, refresh: { token, place: null } };
  const { instanceId, revision } = stored;
  return { ...common, refresh: { token, place: { instanceId, revision, field: storedIn } } };
}
