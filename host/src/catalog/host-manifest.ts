// Reads plugins.json. One bad entry is one failed plugin; only a file that is no host manifest at all yields none.
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import {
  validateHostManifest,
  validateHostManifestEntry,
  type Finding,
  type HostManifestEntry,
} from '@jackfield/schemas';
import { readRegular } from './contained-file.ts';
import { parseJson } from './json-text.ts';
import { RefusalError } from './refusal-error.ts';

export type EntryRead =
  | { readonly entry: HostManifestEntry }
  | { readonly package: string; readonly reason: string; readonly pointer: string };

/** Every entry in the file's order; undefined when there is no file. @throws RefusalError when the file is no host manifest. */
export async function readHostManifest(file: string, most: number): Promise<EntryRead[] | undefined> {
  if (!existsSync(file)) return undefined;
  const name = basename(file);
  const value = parseJson(await readRegular(file, name, most), name);
  const [ofFile] = validateHostManifest(withSoundEntries(value));
  if (ofFile)
    throw new RefusalError(`${name}${ofFile.pointer && ` ${ofFile.pointer}`}: ${ofFile.message}`, ofFile.pointer);
  const { plugins } = value as { plugins: unknown[] };
  return plugins.map((entry, index) => {
    const [found] = validateHostManifestEntry(entry);
    if (!found) return { entry: entry as HostManifestEntry };
    return toFailure(entry, index, name, { ...found, pointer: `/plugins/${index}${found.pointer}` });
  });
}

/** The file as it would be without faults in its entries, which are checked one by one: a list of all faults is cut short. */
function withSoundEntries(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('plugins' in value) || !Array.isArray(value.plugins))
    return value;
  return { ...value, plugins: value.plugins.map(() => ({ package: 'sound', path: './sound' })) };
}

function toFailure(entry: unknown, index: number, name: string, { pointer, message }: Finding): EntryRead {
  const named = typeof entry === 'object' && entry !== null && 'package' in entry ? entry.package : undefined;
  return {
    package: typeof named === 'string' ? named.slice(0, 214) : `${name} /plugins/${index}`,
    reason: `${name} ${pointer}: ${message}`,
    pointer,
  };
}
