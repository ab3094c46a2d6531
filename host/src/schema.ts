// JSON Schemas that plugins bring, compiled so that they can be trusted with anybody's input.
import type { ErrorObject, Options, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';
import type { FieldError } from './errors.ts';

/** RE2 takes linear time whatever the pattern. What it cannot do (look-around, back-references) fails when the schema is compiled. */
const linearTime = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    // Ajv keeps compiled patterns by their text.
    return { test: (input: string) => compiled.test(input), toString: () => pattern };
  },
  { code: 'linearTime' },
);

/**
 * An Ajv for JSON Schema 2020-12 with formats, defaults and linear-time patterns; unknown keywords and formats are errors.
 * Use one per schema: an Ajv keeps every schema it has seen, and two schemas with the same `$id` clash.
 */
export function createAjv(options: { readonly coerce?: boolean } = {}): Ajv2020 {
  const settings: Options = {
    strict: true,
    // Both refuse sound schemas, such as an `anyOf` of `required` lists.
    strictTypes: false,
    strictRequired: false,
    allErrors: true,
    useDefaults: true,
    // A URL cannot tell one value from a list of one.
    coerceTypes: options.coerce ? 'array' : false,
    removeAdditional: false,
    // Else `constructor` counts as present in every object.
    ownProperties: true,
    code: { regExp: linearTime },
  };
  const ajv = new Ajv2020(settings);
  addFormats.default(ajv);
  return ajv;
}

/** Compiles one schema. Throws an `Error` that says what is wrong with it. */
export function compileSchema<T = unknown>(
  schema: object,
  options: { readonly coerce?: boolean } = {},
): ValidateFunction<T> {
  // An asynchronous validator answers with a promise, which is truthy: everything would be valid.
  if ('$async' in schema) throw new Error('schema is invalid: $async is not supported');
  return createAjv(options).compile<T>(schema);
}

/** Ajv's errors as JSON pointers and messages. No value is repeated: it may be a secret. */
export function toFieldErrors(errors: readonly ErrorObject[] | null | undefined, prefix = ''): FieldError[] {
  const all = errors ?? [];
  // `if` and `propertyNames` only say that the error beside them happened.
  const telling = all.filter((error) => error.keyword !== 'if' && error.keyword !== 'propertyNames');
  return (telling.length > 0 ? telling : all).map((error) => toFieldError(error, prefix));
}

function toFieldError(error: ErrorObject, prefix: string): FieldError {
  const at = prefix + error.instancePath;
  const { params } = error;
  switch (error.keyword) {
    case 'required':
    case 'dependentRequired':
      return { pointer: `${at}/${escapePointer(params['missingProperty'])}`, message: 'is required' };
    case 'additionalProperties':
      return unknownProperty(at, params['additionalProperty']);
    case 'unevaluatedProperties':
      return unknownProperty(at, params['unevaluatedProperty']);
    case 'enum':
      return { pointer: at, message: `must be one of ${params['allowedValues'].map(show).join(', ')}` };
    case 'const':
      return { pointer: at, message: `must be ${show(params['allowedValue'])}` };
    default:
      return error.propertyName === undefined
        ? { pointer: at, message: error.message ?? 'is not valid' }
        : { pointer: `${at}/${escapePointer(error.propertyName)}`, message: `has a name that ${error.message}` };
  }
}

function unknownProperty(at: string, name: string): FieldError {
  return { pointer: `${at}/${escapePointer(name)}`, message: 'is not known here' };
}

function show(value: unknown): string {
  return JSON.stringify(value);
}

/** One segment of a JSON pointer. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
