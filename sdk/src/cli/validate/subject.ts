// The package that is judged: built anew from its sources when they are there, else as it was published.
import { readFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { validatePluginManifest, type PluginManifest } from '@jackfield/schemas';
import { BuildError } from '../../build/build-error.ts';
import { BundleCode } from '../../build/bundle-code.ts';
import { draftPlugin, entryOf, type BuildOptions, type Draft } from '../../build/draft.ts';
import { stepsOfPointer } from '../../build/json-path.ts';
import type { Fault, Place } from '../../build/place.ts';
import { JsonDocument } from './json-document.ts';

export interface Subject {
  readonly root: string;
  readonly packageJson: JsonDocument | undefined;
  /** What the sources give now; undefined when there are none, or they cannot be built. */
  readonly draft: Draft | undefined;
  /** Why there is no draft, or no document. */
  readonly faults: readonly Fault[];
  /** dist/plugin.json as it lies there. */
  readonly published: JsonDocument | undefined;
  /** Of the sources, else of `dist`; undefined when its shape is wrong. */
  readonly manifest: PluginManifest | undefined;
  /** Of the sources, else of `dist`. */
  readonly code: BundleCode | undefined;
  readonly bundle: Uint8Array | undefined;
  /** Where this member of the manifest is written. */
  placeOf(pointer: string): Place;
  /** Undefined when there is no such file. */
  read(file: string): Promise<Buffer<ArrayBuffer> | undefined>;
  /** Names in a folder, in order; none when there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
}

export async function readSubject(folder: string, options: BuildOptions): Promise<Subject> {
  const root = resolve(folder);
  const faults: Fault[] = [];
  const read = (file: string) => readFile(join(root, file)).catch(() => undefined);
  const document = async (file: string): Promise<JsonDocument | undefined> => {
    try {
      return new JsonDocument(file, (await readFile(join(root, file))).toString());
    } catch (error) {
      faults.push({
        place: { file },
        message: error instanceof Error ? error.message.replace(root, '.') : String(error),
      });
      return undefined;
    }
  };
  const packageJson = await document('package.json');
  const hasSources = entryOf(root, options) !== undefined;
  const draft = hasSources && packageJson ? await draftOf(root, options, faults) : undefined;
  // An author who has not built yet has nothing wrong: `pack` builds.
  const isBuilt = !hasSources || (await read('dist/plugin.json')) !== undefined;
  const published = isBuilt ? await document('dist/plugin.json') : undefined;
  const bundle = draft?.bytes ?? (hasSources ? undefined : await read('dist/plugin.js'));
  const code = draft?.code ?? (bundle === undefined ? undefined : new BundleCode({ bytes: bundle }, 'dist/plugin.js'));
  return {
    ...{ root, packageJson, draft, faults, published, code, bundle, read },
    manifest: draft?.manifest ?? (hasSources ? undefined : manifestOf(published)),
    placeOf: (pointer) =>
      (draft ? draft.code.placeOfMember(stepsOfPointer(pointer)) : published?.placeOf(pointer)) ?? {
        file: 'dist/plugin.json',
      },
    async list(below) {
      const names: string[] = await readdir(join(root, below)).catch(() => []);
      return names.toSorted();
    },
  };
}

async function draftOf(root: string, options: BuildOptions, faults: Fault[]): Promise<Draft | undefined> {
  try {
    return await draftPlugin(root, options);
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    faults.push(...error.found);
    return undefined;
  }
}

function manifestOf(document: JsonDocument | undefined): PluginManifest | undefined {
  if (document === undefined || validatePluginManifest(document.value).length > 0) return undefined;
  return document.value as unknown as PluginManifest;
}
