// Configs that fit a schema, for property tests. It knows the keywords that configs are written with; a validator has the last word.
import { createAjv } from '@jackfield/schemas';
import fc from 'fast-check';
import type { ObjectSchemaDef } from '../define/types.ts';

type Json = Readonly<Record<string, unknown>>;
/** A JSON Schema that is looked at keyword by keyword. */
type Schema = Json;

const FORMATS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  uri: fc.webUrl(),
  email: fc.emailAddress(),
  hostname: fc.domain(),
  ipv4: fc.ipV4(),
  ipv6: fc.ipV6(),
  uuid: fc.uuid(),
  date: fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
    .map((at) => at.toISOString().slice(0, 10)),
  'date-time': fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((at) => at.toISOString()),
};

export interface Fitted {
  readonly config: Json;
  /** Empty: it fits. */
  readonly faults: string;
}

const compiled = new WeakMap<ObjectSchemaDef, (config: Json) => Fitted>();

/** Fills in the defaults of a config as the host does, and says whether it fits. */
export function fitting(schema: ObjectSchemaDef): (config: Json) => Fitted {
  const known = compiled.get(schema);
  if (known !== undefined) return known;
  const ajv = createAjv({ useDefaults: true });
  const validate = ajv.compile({ additionalProperties: false, ...schema });
  const fit = (config: Json): Fitted => {
    const filled = structuredClone(config);
    return { config: filled, faults: validate(filled) ? '' : ajv.errorsText(validate.errors, { dataVar: 'config' }) };
  };
  compiled.set(schema, fit);
  return fit;
}

/** Configs of the schema with their secrets and defaults. */
export function configsOf(schema: ObjectSchemaDef): fc.Arbitrary<Json> {
  const fits = fitting(schema);
  return objectOf(schema)
    .map((config) => fits(config))
    .filter(({ faults }) => faults === '')
    .map(({ config }) => config);
}

function valueOf(schema: unknown): fc.Arbitrary<unknown> {
  if (typeof schema !== 'object' || schema === null) return fc.jsonValue({ maxDepth: 1 });
  const known = schema as Schema;
  if ('const' in known) return fc.constant(known['const']);
  if (Array.isArray(known['enum'])) return fc.constantFrom(...(known['enum'] as unknown[]));
  const forms = known['oneOf'] ?? known['anyOf'];
  if (Array.isArray(forms))
    return fc.oneof(...forms.map((form: unknown) => valueOf({ ...without(known), ...(form as Json) })));
  const types = [known['type'] ?? []].flat() as string[];
  if (types.length === 0) return fc.jsonValue({ maxDepth: 1 });
  return fc.oneof(...types.map((type) => ofType(type, known)));
}

function without({ oneOf: _, anyOf: __, ...rest }: Schema): Json {
  return rest;
}

function ofType(type: string, schema: Schema): fc.Arbitrary<unknown> {
  switch (type) {
    case 'string':
      return stringOf(schema);
    case 'integer':
    case 'number':
      return numberOf(type, schema);
    case 'boolean':
      return fc.boolean();
    case 'array': {
      const { minItems: minLength = 0, maxItems: maxLength = 5 } = schema as { minItems?: number; maxItems?: number };
      const range = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, minLength + 5)) };
      return schema['uniqueItems'] === true
        ? fc.uniqueArray(valueOf(schema['items']), { ...range, selector: (item) => JSON.stringify(item) })
        : fc.array(valueOf(schema['items']), range);
    }
    case 'object':
      return objectOf(schema);
    default:
      return fc.constant(null);
  }
}

function stringOf(schema: Schema): fc.Arbitrary<string> {
  const {
    pattern,
    format,
    minLength,
    maxLength = 40,
    writeOnly,
  } = schema as {
    readonly pattern?: string;
    readonly format?: string;
    readonly minLength?: number;
    readonly maxLength?: number;
    readonly writeOnly?: boolean;
  };
  // A secret that is empty is none.
  const least = minLength ?? (writeOnly === true ? 1 : 0);
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, 'u'));
  const formatted = format === undefined ? undefined : FORMATS[format];
  return formatted ?? fc.string({ minLength: least, maxLength: Math.max(least, Math.min(maxLength, least + 40)) });
}

function numberOf(type: 'integer' | 'number', schema: Schema): fc.Arbitrary<number> {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf = 1 } = schema as Record<string, number>;
  const min = Math.ceil(
    (minimum ?? (exclusiveMinimum === undefined ? -1e6 : exclusiveMinimum + multipleOf)) / multipleOf,
  );
  const max = Math.floor(
    (maximum ?? (exclusiveMaximum === undefined ? 1e6 : exclusiveMaximum - multipleOf)) / multipleOf,
  );
  const whole = fc.integer({ min, max: Math.max(min, max) }).map((n) => n * multipleOf);
  if (type === 'integer' || schema['multipleOf'] !== undefined) return whole;
  return fc.oneof(
    whole,
    fc.double({ min, max: Math.max(min, max), noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
  );
}

function objectOf(schema: Schema): fc.Arbitrary<Json> {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, unknown>>;
  const required = (schema['required'] ?? []) as string[];
  const members = Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, valueOf(member)]));
  const known = fc.record(members, { requiredKeys: required.filter((name) => Object.hasOwn(members, name)) });
  const more = schema['additionalProperties'];
  if (typeof more !== 'object' || more === null) return known;
  const key = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
  return fc
    .tuple(fc.dictionary(key, valueOf(more), { maxKeys: 3 }), known)
    .map(([open, named]) => ({ ...open, ...named }));
}
