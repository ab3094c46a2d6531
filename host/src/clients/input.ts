// What callers send about clients and contracts: the schemas for the documentation, and the parsers that hold everybody to them.
import { Problem } from '../errors.ts';
import { assertPlainJson } from '../plain-json.ts';
import { lazySchema, toFieldErrors, type LazyValidator } from '../schema.ts';

export type ParameterValue = string | number | boolean;
export type ClientParameters = Readonly<Record<string, ParameterValue>>;

/** A JSON Schema of an object, for validation here and for the documentation of the HTTP API. */
export interface InputSchema {
  readonly type: 'object';
  readonly properties?: Readonly<Record<string, object>>;
  readonly [keyword: string]: unknown;
}

const clientId = {
  type: 'string',
  pattern: '^[a-z][a-z0-9-]{0,62}$',
  description: 'Made from the name when it is left out.',
};
const name = { type: 'string', minLength: 1, maxLength: 120 };
const timeZone = {
  type: 'string',
  minLength: 1,
  maxLength: 60,
  description: 'IANA name, such as Europe/Berlin: in whose days the contracts end. Default: UTC.',
};
/** PostgreSQL has no year 0, and a year of five digits is a typing error. */
const day = { type: 'string', format: 'date', pattern: '^[12][0-9]{3}-' };
const startsOn = { ...day, type: ['string', 'null'], description: 'First day, YYYY-MM-DD.' };
const endsOn = { ...day, description: "Last day, YYYY-MM-DD, in the client's time zone." };
const reference = {
  type: ['string', 'null'],
  minLength: 1,
  maxLength: 200,
  description: 'What the contract is called elsewhere.',
};

export const createClientSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: { id: clientId, name, timeZone },
};

export const updateClientSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'JSON Merge Patch (RFC 7396).',
  properties: { name, timeZone },
};

const parameterValue = { type: ['string', 'number', 'boolean'], maxLength: 4000 };
const parameterName = { pattern: '^[A-Za-z][A-Za-z0-9_]{0,59}$' };

export const parametersSchema: InputSchema = {
  type: 'object',
  maxProperties: 200,
  propertyNames: parameterName,
  description: 'Values by name. Queries and widgets write them as ${client.<name>}.',
  additionalProperties: parameterValue,
};

export const patchParametersSchema: InputSchema = {
  ...parametersSchema,
  description: 'JSON Merge Patch (RFC 7396): what is left out is kept, null removes.',
  additionalProperties: { ...parameterValue, type: [...parameterValue.type, 'null'] },
};

const contractProperties = {
  name: { ...name, description: 'Unique among the contracts of its client.' },
  startsOn,
  endsOn,
  reference,
};

export const createContractSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'endsOn'],
  properties: contractProperties,
};

export const updateContractSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'JSON Merge Patch (RFC 7396): null removes startsOn and reference.',
  properties: contractProperties,
};

export interface CreateClientInput {
  readonly id?: string;
  readonly name: string;
  readonly timeZone?: string;
}
export type UpdateClientInput = Partial<Omit<CreateClientInput, 'id'>>;

export interface CreateContractInput {
  readonly name: string;
  readonly startsOn?: string | null;
  readonly endsOn: string;
  readonly reference?: string | null;
}
export type UpdateContractInput = Partial<CreateContractInput>;

export const parseCreateClient: Parser<CreateClientInput> = parser('client', createClientSchema);
export const parseUpdateClient: Parser<UpdateClientInput> = parser('client', updateClientSchema);
export const parseParameters: Parser<ClientParameters> = parser('set of parameters', parametersSchema);
export const parseParametersPatch: Parser<Readonly<Record<string, ParameterValue | null>>> = parser(
  'set of parameters',
  patchParametersSchema,
);
export const parseCreateContract: Parser<CreateContractInput> = parser('contract', createContractSchema);
export const parseUpdateContract: Parser<UpdateContractInput> = parser('contract', updateContractSchema);

type Parser<T> = (input: unknown) => T;

function parser<T>(what: string, schema: object): Parser<T> {
  const validate: LazyValidator<T> = lazySchema<T>(schema);
  return (input) => {
    assertPlainJson(input);
    if (validate(input)) return input;
    throw new Problem('config_invalid', `the ${what} is not valid`, { errors: toFieldErrors(validate.errors) });
  };
}
