// What callers send about dashboards.
import { lazySchema } from '../schema.ts';
import {
  clientIdSchema,
  type InputSchema,
  nullable,
  parse,
  type Position,
  positionSchema,
  slugSchema,
} from './input.ts';

export interface DashboardInput {
  readonly id: string | undefined;
  readonly title: string;
  readonly description: string | null;
  readonly clientId: string | null;
  readonly timeRange: { readonly days: number } | null;
  readonly refreshMs: number | null;
}

export interface CopyInput {
  readonly id?: string;
  readonly title?: string;
  readonly clientId?: string | null;
}

export interface LayoutInput {
  readonly widgets: readonly { readonly id: string; readonly position: Position }[];
}

/** Days back that a query may be asked for. */
export const daysSchema = { type: 'integer', minimum: 1, maximum: 3650 } as const;

const id = {
  ...slugSchema,
  description:
    'Made from the title when it is left out. Of somebody who is limited to clients it is the beginning of one.',
};
const title = { type: 'string', minLength: 1, maxLength: 120 };
const settings = {
  title,
  description: nullable({ type: 'string', maxLength: 2000 }),
  clientId: nullable({ ...clientIdSchema, description: 'Client that it is about.' }),
  timeRange: {
    type: ['object', 'null'],
    additionalProperties: false,
    required: ['days'],
    description:
      'How far back its widgets look: those whose query has a param `days` and that do not set it themselves.',
    properties: { days: daysSchema },
  },
  refreshMs: {
    type: ['integer', 'null'],
    minimum: 1000,
    maximum: 86_400_000,
    description: 'Milliseconds between two looks at the data, of widgets that do not say it themselves.',
  },
};

export const createDashboardSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['title'],
  properties: { id, ...settings },
};

export const updateDashboardSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'JSON Merge Patch (RFC 7396): what is left out is kept, null removes.',
  properties: settings,
};

export const copyDashboardSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  description:
    'With `clientId`, the copy is about that client: instances of other clients, and all instances, become its instances of ' +
    'the same plugin; instances that belong to no client stay.',
  properties: { id, title, clientId: nullable({ ...clientIdSchema, description: 'Left out: as before.' }) },
};

export const layoutSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  description: 'All of the moves are made, or none.',
  required: ['widgets'],
  properties: {
    widgets: {
      type: 'array',
      minItems: 1,
      maxItems: 1000,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'position'],
        properties: { id: slugSchema, position: positionSchema },
      },
    },
  },
};

const validCreate = lazySchema<Partial<DashboardInput> & Pick<DashboardInput, 'title'>>(createDashboardSchema);
const validUpdate = lazySchema<Readonly<Record<string, unknown>>>(updateDashboardSchema);
const validCopy = lazySchema<CopyInput>(copyDashboardSchema);
const validLayout = lazySchema<LayoutInput>(layoutSchema);

export function parseDashboard(input: unknown): DashboardInput {
  const sent = parse(validCreate, input, 'dashboard');
  return {
    id: sent.id,
    title: sent.title,
    description: sent.description ?? null,
    clientId: sent.clientId ?? null,
    timeRange: sent.timeRange ?? null,
    refreshMs: sent.refreshMs ?? null,
  };
}

export const parseDashboardPatch = (input: unknown): Readonly<Record<string, unknown>> =>
  parse(validUpdate, input, 'dashboard');
export const parseCopy = (input: unknown): CopyInput => parse(validCopy, input, 'copy');
export const parseLayout = (input: unknown): LayoutInput => parse(validLayout, input, 'layout');
