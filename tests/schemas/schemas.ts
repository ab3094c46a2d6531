// The published schemas as files, and an Ajv that knows them all.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createAjv } from '@jackfield/schemas';
import type { Ajv2020, ValidateFunction } from 'ajv/dist/2020.js';
import { repository } from '../support/plugin-package.ts';

export interface PublishedSchema {
  readonly $id: string;
  readonly examples: readonly Record<string, unknown>[];
}

const folder = join(repository, 'schemas');
export const schemaFiles: readonly string[] = readdirSync(folder).filter((name) => name.endsWith('.schema.json'));

export function readSchema(file: string): PublishedSchema {
  return JSON.parse(readFileSync(join(folder, file), 'utf8'));
}

export function publishedAjv(): Ajv2020 {
  const ajv = createAjv();
  for (const file of schemaFiles) ajv.addSchema(readSchema(file));
  return ajv;
}

let shared: Ajv2020 | undefined;

export function validatorOf(file: string): ValidateFunction {
  const { $id } = readSchema(file);
  shared ??= publishedAjv();
  const found = shared.getSchema($id);
  if (!found) throw new Error(`${$id} does not compile`);
  return found;
}

/** A copy of `base` with the value at a JSON pointer replaced, or removed when it is undefined. */
export function changed(base: object, pointer: string, value: unknown): Record<string, unknown> {
  const copy = structuredClone(base) as Record<string, unknown>;
  const steps = pointer.split('/').slice(1);
  const last = steps.pop() ?? '';
  let parent: Record<string, unknown> = copy;
  for (const step of steps) parent = parent[step] as Record<string, unknown>;
  if (value === undefined) delete parent[last];
  else Object.defineProperty(parent, last, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}
