// List, read, create, change and delete, of whichever table.
import type { FastifyInstance } from 'fastify';
import type { Owned, Subject as Whose } from '../../access/index.ts';
import type { Store } from '../../store/index.ts';
import { bodySchemaOf } from './body-schema.ts';
import type { Gate } from './gate.ts';
import { byId, oldRoute } from './old-routes.ts';
import type { Records } from './records.ts';
import { visibleIds } from './visible.ts';

export interface RecordRouteParts {
  readonly store: Pick<Store, 'readAs'>;
  readonly gate: Gate;
}

type ById = { Params: { id: number } };
type Path =
  | '/api/external-systems'
  | '/api/external-system-instances'
  | '/api/external-widget-templates'
  | '/api/external-mappings';

export function recordRoutes(
  app: FastifyInstance,
  path: Path,
  records: Records,
  { store, gate }: RecordRouteParts,
): void {
  const { table, twin } = records;
  const { noun } = table;
  const all = { table, twin };
  const one = { ...all, id: 'id' } as const;
  const own = table.kind as Owned as Whose;
  const body = bodySchemaOf(table);

  oldRoute(app, gate, `GET ${path}`, {
    role: 'user',
    about: 'some',
    subject: all,
    schema: { summary: `The rows of ${table.table}` },
    async handle({ principal }) {
      const seen = await visibleIds(store, table, principal.clients);
      return (await records.list({}, principal.clients)).filter(({ id }) => seen === 'all' || seen.has(id));
    },
  });

  oldRoute(app, gate, `POST ${path}`, {
    role: 'manager',
    about: 'all',
    subject: { ...all, isNew: true },
    schema: { summary: `Creates an ${noun}`, body },
    handle: async (request, reply) => {
      const answer = await records.create(request.body, request.principal);
      return reply.code(201).header('location', `${path}/${answer.id}`).send(answer);
    },
  });

  oldRoute<ById>(app, gate, `GET ${path}/:id`, {
    role: 'user',
    about: own,
    subject: one,
    schema: { summary: `One ${noun}`, params: byId },
    handle: ({ params, principal }) => records.get(params.id, principal.clients),
  });

  oldRoute<ById>(app, gate, `PUT ${path}/:id`, {
    role: 'manager',
    about: 'all',
    subject: one,
    schema: { summary: `Changes an ${noun}; what is left out stays`, params: byId, body },
    handle: ({ params, body: sent, principal }) => records.update(params.id, sent, principal),
  });

  oldRoute<ById>(app, gate, `DELETE ${path}/:id`, {
    role: 'manager',
    about: 'all',
    subject: one,
    schema: { summary: `Deletes an ${noun}`, params: byId },
    handle: async ({ params }, reply) => {
      await records.remove(params.id);
      return reply.code(204).send();
    },
  });
}
