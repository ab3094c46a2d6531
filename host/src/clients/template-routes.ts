import type { FastifyInstance } from 'fastify';
import type { Audit } from '../access/index.ts';
import { forRole } from '../access/index.ts';
import type { Store } from '../store/index.ts';
import { parametersSchema, parseParameters } from './input.ts';
import { NO_MIRROR, type ParametersMirror } from './mirror.ts';
import { readTemplates, replaceTemplates } from './parameter-templates.ts';

const tags = ['clients'];

export interface TemplateRouteParts {
  readonly store: Pick<Store, 'db'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly mirror?: ParametersMirror;
}

/** Parameters that every client has as long as it does not say its own. */
export function templateRoutes(
  app: FastifyInstance,
  { store: { db }, audit, mirror = NO_MIRROR }: TemplateRouteParts,
): void {
  app.get(
    '/api/parameter-templates',
    {
      config: forRole('user', 'nobody'),
      schema: { summary: 'By plugin, the parameters of all clients that do not say their own', tags },
    },
    async () => ({ templates: await readTemplates(db) }),
  );

  app.put<{ Params: { plugin: string } }>(
    '/api/parameter-templates/:plugin',
    {
      config: forRole('manager', 'all'),
      schema: {
        summary: 'Replaces the parameters that clients have for a plugin when they do not say their own',
        tags,
        params: { type: 'object', properties: { plugin: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,39}$' } } },
        body: parametersSchema,
      },
    },
    async ({ params: { plugin }, body }) => {
      const parameters = parseParameters(body);
      await db.transaction().execute(async (trx) => {
        await mirror.begin(trx);
        const before = (await readTemplates(trx)).find((one) => one.plugin === plugin)?.parameters ?? {};
        await replaceTemplates(trx, plugin, parameters);
        await mirror.wroteTemplates(trx, plugin, parameters);
        const entity = { kind: 'parameter-template', id: plugin };
        await audit.record(trx, { action: 'parameter-template.change', entity, before, after: parameters });
      });
      return parameters;
    },
  );
}
