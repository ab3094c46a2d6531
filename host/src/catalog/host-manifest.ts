// Reads plugins.json. One bad entry is one failed plugin; only a file that is no host manifest at all yields none.
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { validateHostManifest, type Finding, type HostManifestEntry } from '@jackfield/schemas';
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
  const findings = validateHostManifest(value);
  const ofFile = findings.find(({ pointer }) => !/^\/plugins\/\d+(\/|$)/.test(pointer));
  if (ofFile)
    throw new RefusalError(`${name}${ofFile.pointer && ` ${ofFile.pointer}`}: ${ofFile.message}`, ofFile.pointer);
  const { plugins } = value as { plugins: unknown[] };
  return plugins.map((entry, index) => {
    const found = findings.find(
      ({ pointer }) => pointer === `/plugins/${index}` || pointer.startsWith(`/plugins/${index}/`),
    );
    return found ? toFailure(entry, index, name, found) : { entry: entry as HostManifestEntry };
  });
}

function toFailure(entry: unknown, index: number, name: string, { pointer, message }: Finding): EntryRead {
  const named = typeof entry === 'object' && entry !== null && 'package' in entry ? entry.package : undefined;
  return {
    package: typeof named === 'string' ? named.slice(0, 214) : `${name} /plugins/${index}`,
    reason: `${name} ${pointer}: ${message}`,
    pointer,
  };
}
