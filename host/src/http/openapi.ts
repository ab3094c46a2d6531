// GET /api/openapi.json, made from the schemas that the routes declare.
import swagger from '@fastify/swagger';
import problemSchema from '@jackfield/schemas/problem.schema.json' with { type: 'json' };
import queryResultSchema from '@jackfield/schemas/query-result.schema.json' with { type: 'json' };
import manifestSchema from '@jackfield/schemas/plugin-manifest.schema.json' with { type: 'json' };
import type { FastifyInstance } from 'fastify';
import { forRole, type RouteAccess, SESSION_COOKIE } from '../access/index.ts';

const { column, fieldName } = manifestSchema.$defs;
const COLUMN = { ...column, properties: { ...column.properties, name: fieldName } };

/** Call before the routes are added. */
export async function describeApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Jackfield',
        version,
        description: 'A plugin host for the vendor systems of security service providers.',
      },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
        },
        schemas: {
          Problem: embedded(problemSchema),
          QueryResult: embedded(queryResultSchema),
          Column: embedded(COLUMN),
        },
      },
      security: [{ token: [] }, { session: [] }],
    },
    transform: ({ schema, url, route }) => {
      const described = {
        ...schema,
        ...access(route.config?.access),
        response: {
          200: { description: 'Done' },
          ...(schema?.response as object | undefined),
          default: {
            description: 'What went wrong, and what to do',
            content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
          },
        },
      };
      return { schema: described, url };
    },
  });
}

/** After every route is there. */
export function openApiRoute(app: FastifyInstance): void {
  app.get(
    '/api/openapi.json',
    { config: forRole('user', 'nobody'), schema: { summary: 'This description', tags: ['api'] } },
    () => app.swagger(),
  );
}

/** Who may call it. */
function access(declared: RouteAccess | undefined): object {
  if (declared === undefined) return {};
  return declared === 'everybody' ? { security: [] } : { 'x-jackfield-role': declared.role };
}

/** A schema as a component: its references point into this document. */
function embedded(schema: object): object {
  const { $schema: _schema, $id: _id, examples: _examples, ...rest } = schema as Record<string, unknown>;
  const text = JSON.stringify(rest)
    .replaceAll('"problem.schema.json"', '"#/components/schemas/Problem"')
    .replaceAll('"#/$defs/', '"#/components/schemas/QueryResult/$defs/')
    .replaceAll('"plugin-manifest.schema.json#/$defs/column"', '"#/components/schemas/Column"');
  return JSON.parse(text) as object;
}
