// JSON Schemas that plugins bring, compiled so that they can be trusted with anybody's input.
import { createAjv } from '@jackfield/schemas';
import type { ErrorObject, ValidateFunction } from 'ajv';
import type { FieldError } from './errors.ts';

/** One for each way: a new Ajv takes 10 ms, most of it for compiling the meta-schema. */
const asIs = createAjv({ useDefaults: true });
/** For values that come as text, from a URL. */
const fromText = createAjv({ useDefaults: true, coerceTypes: 'array' });

/** Compiles one schema. Throws an `Error` that says what is wrong with it. */
export function compileSchema<T = unknown>(
  schema: object,
  options: { readonly coerce?: boolean } = {},
): ValidateFunction<T> {
  // An asynchronous validator answers with a promise, which is truthy: everything would be valid.
  if ('$async' in schema) throw new Error('schema is invalid: $async is not supported');
  const ajv = options.coerce ? fromText : asIs;
  try {
    return ajv.compile<T>(schema);
  } finally {
    // An Ajv keeps every schema it has seen, and two with the same `$id` clash.
    ajv.removeSchema(schema);
  }
}

/** The same, compiled when it is first asked: a host has hundreds of schemas, and most are not needed while it starts. */
export function lazySchema<T = unknown>(schema: object, options: { readonly coerce?: boolean } = {}): LazyValidator<T> {
  let compiled: ValidateFunction<T> | undefined;
  const validate: LazyValidator<T> = (value): value is T => {
    compiled ??= compileSchema<T>(schema, options);
    const valid = compiled(value);
    validate.errors = compiled.errors ?? null;
    return valid;
  };
  return validate;
}

export interface LazyValidator<T = unknown> {
  (value: unknown): value is T;
  /** Of the last value. */
  errors?: ErrorObject[] | null;
}

/** An input of a megabyte can have a hundred thousand, and nobody reads them. */
const MOST_ERRORS = 100;

/** Ajv's errors as JSON pointers and messages. No value is repeated: it may be a secret. */
export function toFieldErrors(errors: readonly ErrorObject[] | null | undefined, prefix = ''): FieldError[] {
  const all = errors ?? [];
  // `if` and `propertyNames` only say that the error beside them happened.
  const telling = all.filter((error) => error.keyword !== 'if' && error.keyword !== 'propertyNames');
  return (telling.length > 0 ? telling : all).slice(0, MOST_ERRORS).map((error) => toFieldError(error, prefix));
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
