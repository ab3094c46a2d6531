// The rules of a plugin manifest that JSON Schema cannot say: members that name other members.
import semver from 'semver';
import { contributionFindings } from './contribution-rules.ts';
import { pointerTo, type Finding } from './finding.ts';
import type { AuthScheme, PluginManifest } from './generated.ts';
import { objectSchemaFindings, type Budget } from './object-schema-rules.ts';
import { isUnsafeName } from './unsafe-names.ts';

const SUBSCHEMAS_PER_MANIFEST = 5000;
/** Deeper documents overflow the stack of whoever walks them. */
const DEEPEST = 64;

/** Faults that make a document unsafe to walk at all. */
export function structureFindings(root: unknown): Finding[] {
  const findings: Finding[] = [];
  const open = [{ value: root, pointer: '', depth: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    if (typeof next.value !== 'object' || next.value === null) continue;
    if (next.depth >= DEEPEST) return [{ pointer: next.pointer, message: `is nested more than ${DEEPEST} deep` }];
    for (const [key, value] of Object.entries(next.value)) {
      const pointer = pointerTo(next.pointer, key);
      if (isUnsafeName(key)) findings.push({ pointer, message: `${key} is not allowed as a name` });
      open.push({ value, pointer, depth: next.depth + 1 });
    }
    if (findings.length >= 10) break;
  }
  return findings;
}

/** Findings of a manifest that fits the schema. */
export function manifestFindings(manifest: PluginManifest): Finding[] {
  const budget: Budget = { subschemas: SUBSCHEMAS_PER_MANIFEST };
  return [
    ...nameFindings(manifest),
    ...migrationFindings(manifest),
    ...objectSchemaFindings(manifest.config, '/config', true, budget),
    ...manifest.auth.flatMap((scheme, index) => authFindings(manifest, scheme, `/auth/${index}`)),
    ...networkFindings(manifest),
    ...Object.entries(manifest.queries).flatMap(([id, query]) =>
      objectSchemaFindings(query.params, `/queries/${id}/params`, false, budget),
    ),
    ...contributionFindings(manifest),
  ];
}

function nameFindings({ name, version, host }: PluginManifest): Finding[] {
  const findings: Finding[] = [];
  if (isUnsafeName(name)) findings.push({ pointer: '/name', message: `${name} is not allowed as a name` });
  if (semver.valid(version) === null) {
    findings.push({ pointer: '/version', message: `is not a semantic version (got ${JSON.stringify(version)})` });
  }
  if (semver.validRange(host) === null) {
    findings.push({ pointer: '/host', message: `is not a semantic version range (got ${JSON.stringify(host)})` });
  }
  return findings;
}

/** Whoever goes from one version to another finds exactly one way, up and down. What comes after the first fault follows from it. */
function migrationFindings({ migrations = [], configVersion }: PluginManifest): Finding[] {
  const findings = migrations.flatMap(({ from, to }, index) => {
    const pointer = `/migrations/${index}/to`;
    if (to !== from + 1) return [{ pointer, message: `must be ${from + 1}: a step goes from one version to the next` }];
    const following = migrations[index + 1];
    if (following === undefined) {
      return to === configVersion
        ? []
        : [{ pointer, message: `must be configVersion (${configVersion}): it is the last step` }];
    }
    const at = `/migrations/${index + 1}/from`;
    return following.from === to ? [] : [{ pointer: at, message: `must be ${to}, where the step before it ends` }];
  });
  return findings.slice(0, 1);
}

function authFindings(manifest: PluginManifest, scheme: AuthScheme, at: string): Finding[] {
  switch (scheme.type) {
    case 'basic':
      return [
        ...fieldFindings(manifest, scheme.username, `${at}/username`, false),
        ...fieldFindings(manifest, scheme.password, `${at}/password`, true),
      ];
    case 'bearer':
      return fieldFindings(manifest, scheme.token, `${at}/token`, true);
    case 'apiKey':
      return fieldFindings(manifest, scheme.value, `${at}/value`, true);
    case 'oauth2':
      return oauth2Findings(manifest, scheme, at);
  }
}

type OAuth2Scheme = Extract<AuthScheme, { type: 'oauth2' }>;

function oauth2Findings(manifest: PluginManifest, scheme: OAuth2Scheme, at: string): Finding[] {
  const { grant, refreshToken } = scheme;
  const findings = [
    ...openFieldFindings(manifest, scheme.tokenUrl, `${at}/tokenUrl`),
    ...fieldFindings(manifest, scheme.clientId, `${at}/clientId`, false),
    ...fieldFindings(manifest, scheme.clientSecret, `${at}/clientSecret`, true),
  ];
  const pointer = `${at}/refreshToken`;
  if (refreshToken !== undefined) findings.push(...fieldFindings(manifest, refreshToken, pointer, true));
  if (refreshToken === undefined && grant === 'refresh_token') {
    findings.push({ pointer, message: 'is required by the grant "refresh_token"' });
  }
  if (refreshToken !== undefined && grant !== 'refresh_token') {
    findings.push({ pointer, message: `is of no use to the grant "${grant}"` });
  }
  return findings;
}

function fieldFindings(manifest: PluginManifest, field: string, pointer: string, secret: boolean): Finding[] {
  const property = propertyOf(manifest, field);
  if (!property) return [{ pointer, message: `names no property of config (got ${JSON.stringify(field)})` }];
  if (property['type'] !== 'string') return [{ pointer, message: `names a config property that is not a string` }];
  if (secret && property['writeOnly'] !== true) {
    return [{ pointer, message: `names a config property without "writeOnly": true, so it would not be kept secret` }];
  }
  return [];
}

function networkFindings(manifest: PluginManifest): Finding[] {
  const { baseUrl, tls, clientCertificate: client } = manifest.network;
  const at = '/network/clientCertificate';
  return [
    ...(client === undefined ? [] : fieldFindings(manifest, client.certificate, `${at}/certificate`, false)),
    ...(client === undefined ? [] : fieldFindings(manifest, client.key, `${at}/key`, true)),
    ...(baseUrl === null ? [] : openFieldFindings(manifest, baseUrl, '/network/baseUrl')),
    ...(tls === undefined ? [] : tlsFindings(manifest, tls)),
  ];
}

/** A field with a URL that calls go to. */
function openFieldFindings(manifest: PluginManifest, field: string, pointer: string): Finding[] {
  const findings = fieldFindings(manifest, field, pointer, false);
  if (findings.length > 0 || propertyOf(manifest, field)?.['writeOnly'] !== true) return findings;
  return [{ pointer, message: 'names a secret config property; a URL is not a secret' }];
}

const TLS_TYPES: Readonly<Record<string, string>> = {
  verify: 'boolean',
  caPem: 'string',
  fingerprint256: 'string',
  serverName: 'string',
};

/** The shape of the SDK's `tlsConfig`; an author may leave members out. */
function tlsFindings(manifest: PluginManifest, field: string): Finding[] {
  const pointer = '/network/tls';
  const property = propertyOf(manifest, field);
  if (!property) return [{ pointer, message: `names no property of config (got ${JSON.stringify(field)})` }];
  const members = property['properties'];
  if (property['type'] !== 'object' || typeof members !== 'object' || members === null) {
    return [{ pointer, message: 'names a config property that is not an object with properties' }];
  }
  const at = `/config/properties/${field}/properties`;
  return Object.entries(members).flatMap(([name, member]: [string, unknown]) => {
    const type = Object.hasOwn(TLS_TYPES, name) ? TLS_TYPES[name] : undefined;
    if (type === undefined) {
      return [{ pointer: `${at}/${name}`, message: `is none of ${Object.keys(TLS_TYPES).join(', ')}` }];
    }
    const fits = typeof member === 'object' && member !== null && 'type' in member && member.type === type;
    return fits ? [] : [{ pointer: `${at}/${name}`, message: `must be of type ${type}` }];
  });
}

function propertyOf(manifest: PluginManifest, field: string): Record<string, unknown> | undefined {
  return Object.hasOwn(manifest.config.properties, field) ? manifest.config.properties[field] : undefined;
}
