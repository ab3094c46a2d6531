// What callers send: the schemas for the HTTP layer's documentation, and the parsers that hold everybody to them.
import { Problem } from '../errors.ts';
import { lazySchema, toFieldErrors, type LazyValidator } from '../schema.ts';
import { assertPlainJson } from '../plain-json.ts';

const id = {
  type: 'string',
  pattern: '^[a-z][a-z0-9-]{0,62}$',
  description:
    'Made from the name when it is left out. Of somebody who is limited to clients it is the beginning of one.',
};
const plugin = {
  type: 'string',
  pattern: '^[a-z][a-z0-9-]{0,39}$',
  description: 'Name of an installed plugin.',
};
const name = { type: 'string', minLength: 1, maxLength: 120 };
const clientId = { type: ['string', 'null'], minLength: 1, maxLength: 120, description: 'Id of a client that exists.' };
const enabled = { type: 'boolean' };
const config = {
  type: 'object',
  description:
    "Fits the plugin's config schema. Secret fields are write-only. In the place of a secret an admin may send where it is: " +
    '`{"reference": "env:NAME"}` or `{"reference": "file:/path"}`.',
};

/** A JSON Schema of an object, for validation here and for the documentation of the HTTP API. */
export interface InputSchema {
  readonly type: 'object';
  readonly description?: string;
  readonly additionalProperties: false;
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, object>>;
  readonly oneOf?: readonly object[];
}

export const createInstanceSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['plugin', 'name', 'config'],
  properties: { id, plugin, name, clientId, enabled, config },
};

export const updateInstanceSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  description:
    'JSON Merge Patch (RFC 7396). Config fields and secrets that are left out are kept, null removes. ' +
    'When the base URL moves to another origin, the secrets must be sent again.',
  properties: { name, clientId, enabled, config },
};

export const draftInstanceSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['config'],
  description:
    'A config that is not saved: of a new instance, or of an existing one, whose secrets may then be left out.',
  properties: { plugin, instanceId: { ...id, description: 'An existing instance.' }, config },
  oneOf: [{ required: ['plugin'] }, { required: ['instanceId'] }],
};

type Config = Record<string, unknown>;

export interface CreateInput {
  readonly id?: string;
  readonly plugin: string;
  readonly name: string;
  readonly clientId?: string | null;
  readonly enabled?: boolean;
  readonly config: Config;
}

export interface UpdateInput {
  readonly name?: string;
  readonly clientId?: string | null;
  readonly enabled?: boolean;
  readonly config?: Config;
}

export type DraftInput =
  | { readonly plugin: string; readonly instanceId?: undefined; readonly config: Config }
  | { readonly instanceId: string; readonly plugin?: undefined; readonly config: Config };

export const parseCreate: (input: unknown) => CreateInput = parser(lazySchema<CreateInput>(createInstanceSchema));
export const parseUpdate: (input: unknown) => UpdateInput = parser(lazySchema<UpdateInput>(updateInstanceSchema));
export const parseDraft: (input: unknown) => DraftInput = parser(lazySchema<DraftInput>(draftInstanceSchema));

function parser<T>(validate: LazyValidator<T>): (input: unknown) => T {
  return (input) => {
    assertPlainJson(input);
    if (validate(input)) return input;
    throw new Problem('config_invalid', 'the instance is not valid', { errors: toFieldErrors(validate.errors) });
  };
}
