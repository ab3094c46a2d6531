// Routes of the old API. Each is one of the list of replacements, passes the gate, and says in its description what follows it.
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteGenericInterface } from 'fastify';
import { forRole, type Role, type Subject as Whose } from '../../access/index.ts';
import type { Gate, Subject } from './gate.ts';
import { type OldRoute, REPLACEMENTS } from './replacements.ts';

export interface OldRouteOptions<T extends RouteGenericInterface> {
  readonly role: Role;
  readonly about: Whose;
  readonly subject: Subject;
  readonly schema: { readonly summary: string; readonly [keyword: string]: unknown };
  readonly handle: (request: FastifyRequest<T>, reply: FastifyReply) => Promise<unknown>;
}

export const byId = {
  type: 'object',
  properties: { id: { type: 'integer', minimum: 1, maximum: 2_147_483_647, description: 'Old id.' } },
} as const;

export function oldRoute<T extends RouteGenericInterface>(
  app: FastifyInstance,
  gate: Gate,
  route: OldRoute,
  { role, about, subject, schema, handle }: OldRouteOptions<T>,
): void {
  const [method = '', url = ''] = route.split(' ');
  app.route<T>({
    method,
    url,
    config: forRole(role, about),
    schema: { deprecated: true, tags: ['external systems'], description: `Use ${REPLACEMENTS[route]}.`, ...schema },
    preValidation: gate(route, subject),
    // Fastify's type wants to know what is answered, which every route says otherwise.
    handler: (request, reply) => handle(request, reply) as never,
  });
}
