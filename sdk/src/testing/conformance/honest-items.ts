// Silver: what it stores is what the vendor has, and a connection that does not work is not called one.
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import type { PluginManifest } from '@jackfield/schemas';
import { configsOf, fitting } from '../config-arbitrary.ts';
import type { ObjectSchemaDef } from '../../define/types.ts';
import { PluginError } from '../plugin-error.ts';
import { inFuture } from './future-cursor.ts';
import { failureOf, tableOf, type Trial } from './trial.ts';

type Config = Readonly<Record<string, unknown>>;

export async function refusesConfigs(trial: Trial): Promise<string[]> {
  const faults: string[] = [];
  for (const [what, config] of [...wrongConfigs(trial), ...Object.entries(trial.setup.invalid ?? {})]) {
    trial.vendor.behave();
    if (!(await isRefused(trial, { ...trial.config, ...config }))) faults.push(`${what}: the check passes`);
  }
  trial.vendor.behave(
    () => new Response('<html>Not found</html>', { status: 404, headers: { 'content-type': 'text/html' } }),
  );
  if (!(await isRefused(trial, trial.config))) faults.push('a base URL that is not the vendor’s: the check passes');
  return faults;
}

/** Each secret that it signs in with, wrong. */
function* wrongConfigs({ manifest, config }: Trial): Generator<[string, Config]> {
  for (const scheme of manifest.auth) {
    const fields = Object.entries(scheme)
      .filter(([name]) => name !== 'type' && name !== 'in' && name !== 'name' && name !== 'grant')
      .flatMap(([, value]) => (typeof value === 'string' ? value : []));
    if (!fields.every((field) => typeof config[field] === 'string')) continue;
    for (const field of fields.filter((name) => manifest.config.properties[name]?.['writeOnly'] === true)) {
      yield [`a wrong "${field}"`, { [field]: another(String(config[field])) }];
    }
    return;
  }
}

/** As long, and of the same kinds of characters. */
function another(text: string): string {
  const next = (char: string): string => (/[y9Y]/.test(char) ? char : String.fromCharCode(char.charCodeAt(0) + 1));
  return text.replace(/[a-y0-8A-Y]/g, next);
}

async function isRefused({ plugin }: Trial, config: Config): Promise<boolean> {
  try {
    return (await failureOf(plugin.connect(config).check())) !== undefined;
  } catch (error) {
    if (error instanceof PluginError && error.code === 'config_invalid') return true;
    throw error;
  }
}

export async function sameRows(trial: Trial): Promise<string[]> {
  const faults: string[] = [];
  for (const [id, first] of trial.reads) {
    const stream = trial.manifest.streams?.[id];
    // What is only added to holds what was, each time at another time.
    if (stream === undefined || stream.deletion === 'never') continue;
    trial.vendor.behave();
    const second = await trial.plugin.stream(id).read();
    const left = trial.setup.volatile?.[id] ?? [];
    const [before, after] = [tableOf(first, stream, left), tableOf(second, stream, left)];
    const other = [...before].filter(([key, row]) => after.get(key) !== row).length;
    const added = [...after.keys()].filter((key) => !before.has(key)).length;
    if (other + added > 0) {
      faults.push(
        `stream "${id}": of ${before.size} rows, ${other} are others and ${added} more in a second full read`,
      );
    }
  }
  return faults;
}

export async function resumes(trial: Trial): Promise<string[]> {
  const faults: string[] = [];
  for (const [id, first] of trial.reads) {
    const stream = trial.manifest.streams?.[id];
    if (stream === undefined || first.cursor === null || !hasPlace(trial, id)) continue;
    trial.vendor.behave();
    const second = await trial.plugin.stream(id).read(first.cursor);
    const before = tableOf(first, stream);
    const edge = latest(first.rows, stream.version);
    const inside = second.rows.filter((row) => stream.version === undefined || row[stream.version] !== edge);
    const old = [...tableOf({ rows: inside, removed: [] }, stream)].filter(
      ([key, row]) => before.get(key) === row,
    ).length;
    if (old > 0) faults.push(`stream "${id}": reads ${old} of ${before.size} rows again from its own cursor`);
  }
  return faults;
}

export async function survivesFutureCursors(trial: Trial): Promise<string[]> {
  const faults: string[] = [];
  for (const [id, { cursor }] of trial.reads) {
    if (!hasPlace(trial, id)) continue;
    const future = trial.setup.futureCursors?.[id] ?? inFuture(cursor);
    if (future === undefined) continue;
    trial.vendor.behave();
    try {
      const { rows } = await trial.plugin.stream(id).read(future);
      if (rows.length > 0) faults.push(`stream "${id}": gives ${rows.length} rows for a cursor in the future`);
    } catch (error) {
      faults.push(`a cursor in the future: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return faults;
}

/** Whether the cursor is a place in the vendor's data: a stream that notices what is absent reads everything each time. */
function hasPlace({ manifest, setup }: Trial, id: string): boolean {
  return manifest.streams?.[id]?.deletion !== 'absence' && setup.placeless?.[id] === undefined;
}

/** Others may have the same, and appear later: rows of the last moment may be read again. */
function latest(rows: readonly Readonly<Record<string, unknown>>[], version: string | undefined): unknown {
  if (version === undefined) return undefined;
  const values = rows
    .map((row) => row[version])
    .filter((value) => typeof value === 'string' || typeof value === 'number');
  return values.toSorted((a, b) => (a < b ? -1 : Number(a > b))).at(-1);
}

/** Configs that the version before took, the one that works among them, are taken; where the shape has changed a migration takes them along. */
export function acceptsPrevious(folder: string): (trial: Trial) => Promise<string[]> {
  return async ({ setup, manifest }) => {
    if (setup.previous === null) return [];
    const before: PluginManifest = JSON.parse(await readFile(new URL(setup.previous, `file://${folder}/`), 'utf8'));
    if (before.configVersion !== manifest.configVersion) {
      const covered = (manifest.migrations ?? []).some(({ from }) => from === before.configVersion);
      return covered
        ? []
        : [`no migration leads from configVersion ${before.configVersion} to ${manifest.configVersion}`];
    }
    const fits = fitting(manifest.config);
    const configs = fc.sample(configsOf(before.config as ObjectSchemaDef), { numRuns: 200, seed: 1 });
    const refused = configs.map(fits).find(({ faults }) => faults !== '');
    return refused === undefined ? [] : [`a config that version ${before.version} takes is refused: ${refused.faults}`];
  };
}
