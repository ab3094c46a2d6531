import type { FastifyInstance } from 'fastify';
import { forRole } from '../access/index.ts';
import type { HealthLimits } from '../health-limits.ts';
import { draftInstanceSchema } from '../instances/index.ts';
import type { Checks } from './checks.ts';
import type { InstanceHealth } from './instance-health.ts';
import { REPAIR_CODES, type RepairCode } from './repair-texts.ts';

const params = { type: 'object', properties: { id: { type: 'string', description: 'Instance id.' } } } as const;
const limit = { type: 'integer', minimum: 1, maximum: 500, default: 50 } as const;
const tags = ['health'];

type ById = { Params: { id: string } };

/** Tests of connections that somebody asks for. */
export function checkRoutes(app: FastifyInstance, checks: Checks): void {
  app.post<ById>(
    '/api/instances/:id/check',
    {
      config: forRole('engineer', 'instance'),
      schema: { summary: 'Tests the connection of an instance', tags: ['instances'], params },
    },
    (request) => checks.saved(request.params.id),
  );

  app.post(
    '/api/instances/check',
    {
      config: forRole('manager', 'some'),
      schema: { summary: 'Tests a config that is not saved', tags: ['instances'], body: draftInstanceSchema },
    },
    (request) => checks.draft(request.body, request.principal),
  );
}

/** How instances are, and what people have to put right. */
export function healthRoutes(app: FastifyInstance, health: InstanceHealth, limits: HealthLimits): void {
  app.get<ById>(
    '/api/instances/:id/health',
    {
      config: forRole('user', 'instance'),
      schema: {
        summary: 'How an instance is',
        description:
          '`state` is `unknown` (not checked yet, or switched off), `healthy`, `degraded` (the check fails, or a stream keeps failing or waits for a person), `auth_failed` (the vendor refused the credentials) or `quarantined` (the plugin crashed again and again on it). `history` has the changes of state, the newest first, `repairs` the open ones.',
        tags,
        params,
      },
    },
    (request) => health.get(request.params.id, request.principal.clients),
  );

  app.patch<ById & { Body: { everyMs: number | null } }>(
    '/api/instances/:id/health',
    {
      config: forRole('engineer', 'instance'),
      schema: {
        summary: 'Changes how often an instance is checked',
        tags,
        params,
        body: {
          type: 'object',
          additionalProperties: false,
          required: ['everyMs'],
          properties: {
            everyMs: {
              type: ['integer', 'null'],
              minimum: limits.everyLeast,
              maximum: limits.everyMost,
              description: 'Milliseconds; null: as often as the host does it by default.',
            },
          },
        },
      },
    },
    (request) => health.setRhythm(request.params.id, request.body.everyMs),
  );
  repairRoutes(app, health);
}

function repairRoutes(app: FastifyInstance, health: InstanceHealth): void {
  app.get<{
    Querystring: {
      open?: boolean;
      instance?: string;
      plugin?: string;
      client?: string;
      code?: RepairCode;
      limit: number;
      after?: string;
    };
  }>(
    '/api/repairs',
    {
      config: forRole('user', 'some'),
      schema: {
        summary: 'What people have to put right, and what they have, the newest first',
        description: '`fix` says how, and names the call of this API that does it or shows more.',
        tags,
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: {
            open: { type: 'boolean' },
            instance: { type: 'string' },
            plugin: { type: 'string' },
            client: { type: 'string', description: 'Id of a client: those of its instances.' },
            code: { enum: REPAIR_CODES },
            limit,
            after: { type: 'string', description: '`next` of the page before.' },
          },
        },
      },
    },
    (request) => health.repairs(request.query, request.principal.clients),
  );

  app.get<{ Params: { repair: string } }>(
    '/api/repairs/:repair',
    {
      config: forRole('user', 'repair'),
      schema: {
        summary: 'One repair',
        tags,
        params: { type: 'object', properties: { repair: { type: 'string', description: 'Repair id.' } } },
      },
    },
    (request) => health.repair(request.params.repair, request.principal.clients),
  );
}
