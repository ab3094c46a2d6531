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
  }
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
  const { baseUrl } = manifest.network;
  if (baseUrl === null) return [];
  const findings = fieldFindings(manifest, baseUrl, '/network/baseUrl', false);
  if (findings.length === 0 && propertyOf(manifest, baseUrl)?.['writeOnly'] === true) {
    findings.push({
      pointer: '/network/baseUrl',
      message: 'names a secret config property; a base URL is not a secret',
    });
  }
  return findings;
}

function propertyOf(manifest: PluginManifest, field: string): Record<string, unknown> | undefined {
  return Object.hasOwn(manifest.config.properties, field) ? manifest.config.properties[field] : undefined;
}
