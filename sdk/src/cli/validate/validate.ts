// `jackfield-plugin validate`: what a host would refuse about a built package.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { validatePluginManifest, type Finding, type PluginManifest } from '@jackfield/schemas';
import { cassetteFindings } from '../../cassette/index.ts';

export interface FileFinding extends Finding {
  /** Relative to the plugin's folder. */
  readonly file: string;
}

/** Faults of the built package in `folder`; none means that a host takes it. */
export async function validatePlugin(folder: string): Promise<FileFinding[]> {
  const root = resolve(folder);
  const found: FileFinding[] = [];
  const report = (file: string, findings: readonly Finding[]): void => {
    for (const finding of findings) found.push({ file, ...finding });
  };
  const packageJson = await readJson(root, 'package.json', report);
  if (packageJson) report('package.json', packageFindings(packageJson));
  for (const file of await cassettesOf(root)) {
    const cassette = await readJson(root, file, report);
    if (cassette) report(file, cassetteFindings(cassette));
  }
  const manifest = await readJson(root, 'dist/plugin.json', report);
  if (!manifest) return found;
  const findings = validatePluginManifest(manifest);
  report('dist/plugin.json', findings);
  if (findings.length > 0) return found;
  report('dist/plugin.json', await bundleFindings(root, manifest as unknown as PluginManifest));
  if (packageJson && packageJson['version'] !== manifest['version']) {
    report('dist/plugin.json', [
      { pointer: '/version', message: `differs from package.json (${String(packageJson['version'])}); build again` },
    ]);
  }
  return found;
}

/** Recordings that are kept with the plugin, in its folder `cassettes`. */
async function cassettesOf(root: string): Promise<string[]> {
  const names = await readdir(join(root, 'cassettes')).catch(() => []);
  return names
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => `cassettes/${name}`);
}

type Report = (file: string, findings: readonly Finding[]) => void;

async function readJson(root: string, file: string, report: Report): Promise<Record<string, unknown> | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(join(root, file), 'utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
    report(file, [{ pointer: '', message: 'must be a JSON object' }]);
  } catch (error) {
    report(file, [{ pointer: '', message: error instanceof Error ? error.message : String(error) }]);
  }
  return undefined;
}

function packageFindings(packageJson: Record<string, unknown>): Finding[] {
  const { keywords, jackfield } = packageJson;
  const findings: Finding[] = [];
  if (!Array.isArray(keywords) || !keywords.includes('jackfield-plugin')) {
    findings.push({ pointer: '/keywords', message: 'must contain "jackfield-plugin"' });
  }
  if (jackfield !== './dist/plugin.json') {
    findings.push({ pointer: '/jackfield', message: 'must be "./dist/plugin.json"' });
  }
  return findings;
}

async function bundleFindings(root: string, manifest: PluginManifest): Promise<Finding[]> {
  try {
    const bytes = await readFile(join(root, 'dist/plugin.js'));
    if (createHash('sha256').update(bytes).digest('hex') !== manifest.bundle.sha256) {
      return [{ pointer: '/bundle/sha256', message: 'is not the hash of dist/plugin.js; build again' }];
    }
    if (bytes.byteLength === manifest.bundle.bytes) return [];
    return [{ pointer: '/bundle/bytes', message: 'is not the size of dist/plugin.js; build again' }];
  } catch {
    return [{ pointer: '/bundle/file', message: 'dist/plugin.js cannot be read; build again' }];
  }
}
