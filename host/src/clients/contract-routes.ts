import type { FastifyInstance } from 'fastify';
import { forRole } from '../access/index.ts';
import { etag, revisionOf } from '../revision-tag.ts';
import type { Contracts } from './contracts.ts';
import { COLUMNS } from './csv.ts';
import type { ImportContracts } from './import.ts';
import { createContractSchema, updateContractSchema } from './input.ts';

/** PostgreSQL has no text with a NUL in it. */
const text = { type: 'string', pattern: String.raw`^[^\0]*$` } as const;
const id = { ...text, description: 'Client id.' } as const;
const ofClient = { type: 'object', properties: { id } } as const;
const ofContract = {
  type: 'object',
  properties: { id, contract: { ...text, description: 'Contract id.' } },
} as const;
const tags = ['contracts'];

type ByClient = { Params: { id: string } };
type ById = { Params: { id: string; contract: string } };

/** The contracts of a client, of all clients, and out of a CSV file. */
export function contractRoutes(app: FastifyInstance, contracts: Contracts, importContracts: ImportContracts): void {
  app.get<{ Querystring: { endsBefore?: string } }>(
    '/api/contracts',
    {
      config: forRole('user', 'some'),
      schema: {
        summary: 'The contracts of all clients, the next to end first',
        tags,
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: {
            endsBefore: {
              type: 'string',
              format: 'date',
              pattern: '^[12][0-9]{3}-',
              description: 'Only those that end before this day, YYYY-MM-DD.',
            },
          },
        },
      },
    },
    async (request) => ({ contracts: await contracts.list({ ...request.query, clients: request.principal.clients }) }),
  );

  app.get<ByClient>(
    '/api/clients/:id/contracts',
    {
      config: forRole('user', 'client'),
      schema: { summary: 'The contracts of a client, the next to end first', tags, params: ofClient },
    },
    async (request) => ({ contracts: await contracts.listOf(request.params.id, request.principal.clients) }),
  );

  app.post<ByClient>(
    '/api/clients/:id/contracts',
    {
      config: forRole('manager', 'client'),
      schema: { summary: 'Creates a contract', tags, params: ofClient, body: createContractSchema },
    },
    async (request, reply) => {
      const view = await contracts.create(request.params.id, request.body);
      return reply
        .code(201)
        .header('location', `/api/clients/${encodeURIComponent(view.clientId)}/contracts/${view.id}`)
        .header('etag', etag(view.revision))
        .send(view);
    },
  );

  oneContractRoutes(app, contracts);
  // A scope of its own: no other route takes CSV.
  void app.register(async (scope) => importRoute(scope, importContracts));
}

function oneContractRoutes(app: FastifyInstance, contracts: Contracts): void {
  const path = '/api/clients/:id/contracts/:contract';

  app.get<ById>(
    path,
    { config: forRole('user', 'client'), schema: { summary: 'One contract', tags, params: ofContract } },
    async (request, reply) => {
      const view = await contracts.get(request.params.id, request.params.contract, request.principal.clients);
      return reply.header('etag', etag(view.revision)).send(view);
    },
  );

  app.patch<ById>(
    path,
    {
      config: forRole('manager', 'client'),
      schema: {
        summary: 'Changes a contract',
        description:
          'With If-Match only when nobody changed it since. A new end starts its reminders anew; those of the old end that were not sent are dropped.',
        tags,
        params: ofContract,
        body: updateContractSchema,
      },
    },
    async (request, reply) => {
      const ifRevision = revisionOf(request.headers['if-match']);
      const view = await contracts.update(request.params.id, request.params.contract, request.body, { ifRevision });
      return reply.header('etag', etag(view.revision)).send(view);
    },
  );

  app.delete<ById>(
    path,
    {
      config: forRole('manager', 'client'),
      schema: { summary: 'Deletes a contract and its reminders', tags, params: ofContract },
    },
    async (request, reply) => {
      await contracts.remove(request.params.id, request.params.contract);
      return reply.code(204).send();
    },
  );
}

function importRoute(scope: FastifyInstance, importContracts: ImportContracts): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('text/csv', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  scope.post<{ Querystring: { dryRun?: boolean }; Body: Buffer | undefined }>(
    '/api/contracts/import',
    {
      config: forRole('manager', 'all'),
      schema: {
        summary: 'Creates and changes contracts from a CSV file',
        description:
          `A header of client, contract and ends_on, in any order, and any of the other columns (${COLUMNS.join(', ')}); commas or semicolons; days as YYYY-MM-DD; UTF-8. ` +
          'A client is named by its id or its name, and created when there is none. A contract is known by its client and its name. ' +
          'An empty cell keeps what is there. Nothing is saved unless every line is valid; the same file twice changes nothing.',
        tags,
        consumes: ['text/csv'],
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: { dryRun: { type: 'boolean', description: 'Only says what would happen, and what is wrong.' } },
        },
      },
    },
    (request) => importContracts(request.body ?? Buffer.alloc(0), { dryRun: request.query.dryRun ?? false }),
  );
}
