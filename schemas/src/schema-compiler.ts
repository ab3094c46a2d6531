// Compiles the JSON Schemas of plugins. Patterns run on RE2, whose time is linear in its input, so that no plugin's
// pattern can hold a thread.
import addFormats from 'ajv-formats';
import { Ajv2020, type Options } from 'ajv/dist/2020.js';
import { RE2JS } from 're2js';
import { checkUniqueItemsInTime } from './unique-items.ts';

/** What Ajv needs of a compiled pattern. */
export interface LinearPattern {
  test(text: string): boolean;
  toString(): string;
}

/** Compiles a pattern whose time is linear in the text. @throws when it needs back-references or look-around. */
export function compilePattern(pattern: string): LinearPattern {
  const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
  return { test: (text) => compiled.matcher(text).find(), toString: () => pattern };
}

/**
 * An Ajv for JSON Schema 2020-12: strict, with formats, patterns on RE2. It neither coerces nor removes; `useDefaults` is the
 * caller's choice.
 */
export function createAjv(options: Options = {}): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    // Both refuse sound schemas: `anyOf: [{ required: ['token'] }, …]` is how a config asks for one of several fields.
    strictTypes: false,
    strictRequired: false,
    // Else `constructor` counts as present in every object.
    ownProperties: true,
    allErrors: true,
    addUsedSchema: false,
    logger: false,
    ...options,
    code: { ...options.code, regExp: Object.assign(compilePattern.bind(null), { code: 'compilePattern' }) },
  });
  addFormats.default(ajv);
  checkUniqueItemsInTime(ajv);
  return ajv;
}

/** One for all: a new Ajv takes 10 ms, most of it for compiling the meta-schema. */
const shared = createAjv({ useDefaults: true });

/** @throws Error when a schema without `$id` does not compile. Nothing of it is kept. */
export function assertCompiles(schema: Record<string, unknown>): void {
  try {
    shared.compile(schema);
  } finally {
    shared.removeSchema(schema);
  }
}
