// What one client is called in the systems.
import type { FastifyInstance } from 'fastify';
import type { Store } from '../../store/index.ts';
import { clientIdOf } from '../clients.ts';
import { isObject } from '../../merge-patch.ts';
import { findOld } from '../old-rows.ts';
import { bodySchemaOf } from './body-schema.ts';
import type { Gate } from './gate.ts';
import { oldRoute } from './old-routes.ts';
import { notFound } from './record-writes.ts';
import type { Records } from './records.ts';
import { MAPPINGS } from './tables.ts';

type OfClient = { Params: { id: string } };
type OneOfClient = { Params: { id: string; mapping: number } };

const ofClient = {
  type: 'object',
  properties: {
    id: { type: 'string', pattern: String.raw`^[^\0]*$`, description: 'Client id, here or in the old world.' },
  },
} as const;
const oneOfClient = {
  ...ofClient,
  properties: { ...ofClient.properties, mapping: { type: 'integer', minimum: 1, maximum: 2_147_483_647 } },
} as const;

export function clientMappingRoutes(
  app: FastifyInstance,
  records: Records,
  { store: { db }, gate }: { readonly store: Pick<Store, 'db'>; readonly gate: Gate },
): void {
  const all = { table: records.table, twin: records.twin };
  const one = { ...all, id: 'mapping' } as const;
  const body = bodySchemaOf(MAPPINGS);
  const isOf = async (client: string, said: unknown): Promise<boolean> => {
    if (said === client) return true;
    const id = await clientIdOf(db, client);
    return id !== undefined && id === (await clientIdOf(db, said));
  };
  const assertOf = async ({ id, mapping }: OneOfClient['Params']): Promise<void> => {
    const row = await findOld(db, MAPPINGS, mapping);
    if (row === undefined || !(await isOf(id, row['client_id']))) throw notFound(MAPPINGS, mapping);
  };
  /** The path says whose it is, whatever the body says. */
  const withClient = (sent: unknown, client: string | undefined): object => {
    const { client_id: _, clientId: __, ...rest } = isObject(sent) ? sent : {};
    return client === undefined ? rest : { ...rest, client_id: client };
  };

  oldRoute<OfClient>(app, gate, 'GET /api/clients/:id/external-mappings', {
    ...{ role: 'user', about: 'client', subject: all },
    schema: { summary: 'The external mappings of a client', params: ofClient },
    async handle({ params, principal }) {
      const answers = await records.list({}, principal.clients);
      const theirs = await Promise.all(answers.map((answer) => isOf(params.id, answer['client_id'])));
      return answers.filter((_, index) => theirs[index]);
    },
  });

  oldRoute<OfClient>(app, gate, 'POST /api/clients/:id/external-mappings', {
    ...{ role: 'manager', about: 'client', subject: { ...all, isNew: true } },
    schema: { summary: 'Creates an external mapping of a client', params: ofClient, body },
    async handle({ params, body: sent, principal }, reply) {
      const answer = await records.create(withClient(sent, params.id), principal);
      return reply.code(201).header('location', `/api/external-mappings/${answer.id}`).send(answer);
    },
  });

  oldRoute<OneOfClient>(app, gate, 'GET /api/clients/:id/external-mappings/:mapping', {
    ...{ role: 'user', about: 'client', subject: one },
    schema: { summary: 'One external mapping of a client', params: oneOfClient },
    async handle({ params, principal }) {
      await assertOf(params);
      return records.get(params.mapping, principal.clients);
    },
  });

  oldRoute<OneOfClient>(app, gate, 'PUT /api/clients/:id/external-mappings/:mapping', {
    ...{ role: 'manager', about: 'client', subject: one },
    schema: { summary: 'Changes an external mapping of a client', params: oneOfClient, body },
    async handle({ params, body: sent, principal }) {
      await assertOf(params);
      return records.update(params.mapping, withClient(sent, undefined), principal);
    },
  });

  oldRoute<OneOfClient>(app, gate, 'DELETE /api/clients/:id/external-mappings/:mapping', {
    ...{ role: 'manager', about: 'client', subject: one },
    schema: { summary: 'Deletes an external mapping of a client', params: oneOfClient },
    async handle({ params }, reply) {
      await assertOf(params);
      await records.remove(params.mapping);
      return reply.code(204).send();
    },
  });
}
