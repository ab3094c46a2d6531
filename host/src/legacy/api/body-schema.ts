import { camelCase, type OldTable } from './tables.ts';

const TYPES = {
  text: { type: ['string', 'number', 'null'] },
  integer: { type: ['integer', 'string', 'null'] },
  boolean: { type: ['boolean', 'null'] },
  json: { type: ['object', 'array', 'string', 'null'] },
} as const;

/** For the documentation: what is wrong with a body is said by whoever reads it. */
export function bodySchemaOf({ columns }: OldTable): object {
  const properties = Object.entries(columns).flatMap(([column, cell]) => [
    [column, TYPES[cell]] as const,
    [camelCase(column), TYPES[cell]] as const,
  ]);
  return {
    type: 'object',
    additionalProperties: true,
    description:
      'snake_case or camelCase; other members are ignored. What is sent back as it was answered, a mask in the place of a secret too, ' +
      'changes nothing.',
    properties: Object.fromEntries(properties),
  };
}
