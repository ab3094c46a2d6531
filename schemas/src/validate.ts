// The checks of manifests that the builder and the host share. Nothing here runs a plugin's code.
import { readFileSync } from 'node:fs';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import semver from 'semver';
import { toFindings, type Finding } from './finding.ts';
import type { Cassette, ConformanceReport, HostManifest, HostManifestEntry, PluginManifest } from './generated.ts';
import { manifestFindings, structureFindings } from './manifest-rules.ts';
import { createAjv } from './schema-compiler.ts';

const BASE = 'https://jackfield.dev/schemas/';
const FILES = ['plugin-manifest', 'host-manifest', 'problem', 'query-result', 'cassette', 'conformance-report'];

// Whether they are JSON Schemas themselves, their tests ask: compiling the schema of schemas is a tenth of a host's start.
const ajv = createAjv({ validateSchema: false });
for (const name of FILES) {
  const url = new URL(`../${name}.schema.json`, import.meta.url);
  ajv.addSchema(JSON.parse(readFileSync(url, 'utf8')));
}

function validator<T>(reference: string): ValidateFunction<T> {
  const found = ajv.getSchema<T>(BASE + reference);
  if (!found) throw new Error(`no schema ${BASE}${reference}`);
  return found;
}

/** Faults of a plugin manifest (`plugin.json`); none means that a host may trust its shape. */
export function validatePluginManifest(value: unknown): Finding[] {
  const unsafe = structureFindings(value);
  if (unsafe.length > 0) return unsafe;
  const fits = validator<PluginManifest>('plugin-manifest.schema.json');
  return fits(value) ? manifestFindings(value) : toFindings(fits.errors ?? []);
}

/** Faults of a host manifest (`plugins.json`), those of its entries included. */
export function validateHostManifest(value: unknown): Finding[] {
  const unsafe = structureFindings(value);
  if (unsafe.length > 0) return unsafe;
  const fits = validator<HostManifest>('host-manifest.schema.json');
  if (!fits(value)) return toFindings(fits.errors ?? []);
  return value.plugins.flatMap((entry, index) => entryFindings(entry, `/plugins/${index}`));
}

/** Faults of one entry of a host manifest; pointers start at the entry. */
export function validateHostManifestEntry(value: unknown): Finding[] {
  const unsafe = structureFindings(value);
  if (unsafe.length > 0) return unsafe;
  const fits = validator<HostManifestEntry>('host-manifest.schema.json#/$defs/entry');
  return fits(value) ? entryFindings(value, '') : toFindings(fits.errors ?? []);
}

/** Faults of a cassette's shape. Whether a secret is in it, the SDK's `cassetteFindings` says. */
export function validateCassette(value: unknown): Finding[] {
  const unsafe = structureFindings(value);
  if (unsafe.length > 0) return unsafe;
  const fits = validator<Cassette>('cassette.schema.json');
  return fits(value) ? [] : toFindings(fits.errors ?? []);
}

/** Faults of a conformance report (`conformance.json`). Whether it is about the bundle beside it, its reader says. */
export function validateConformanceReport(value: unknown): Finding[] {
  const unsafe = structureFindings(value);
  if (unsafe.length > 0) return unsafe;
  const fits = validator<ConformanceReport>('conformance-report.schema.json');
  return fits(value) ? [] : toFindings(fits.errors ?? []);
}

function entryFindings(entry: HostManifestEntry, at: string): Finding[] {
  const findings: Finding[] = [];
  if (entry.path.endsWith('.tgz') && entry.integrity === undefined) {
    findings.push({ pointer: `${at}/integrity`, message: 'is required for a tarball' });
  }
  if (entry.version !== undefined && semver.valid(entry.version) !== entry.version) {
    findings.push({
      pointer: `${at}/version`,
      message: `must be an exact version (got ${JSON.stringify(entry.version)})`,
    });
  }
  return findings;
}
