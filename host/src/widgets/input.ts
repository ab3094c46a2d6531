// What callers send about widgets: the schemas for the documentation of the HTTP API, and the parsers that hold everybody to them.
import type { ManifestView, ManifestWidget } from '@jackfield/schemas';
import manifestSchema from '@jackfield/schemas/plugin-manifest.schema.json' with { type: 'json' };
import { Problem } from '../errors.ts';
import { assertPlainJson } from '../plain-json.ts';
import { lazySchema, toFieldErrors, type LazyValidator } from '../schema.ts';
import { inlined } from './inlined.ts';

const defs = inlined(manifestSchema.$defs, manifestSchema.$defs);
const template = defs.widget.properties;

/** Columns of a dashboard's grid. */
export const GRID = 12;

export type WidgetKind = ManifestWidget['kind'];

/** Which instances a widget shows: all of its plugin, those of a client, or these. */
export type InstanceSelection = 'all' | { readonly clientId: string } | readonly string[];

export interface Position {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** What is set on a widget. What is null is as its template, or the host, says. */
export interface WidgetSettings {
  readonly plugin: string;
  readonly template: string | null;
  readonly query: string | null;
  readonly view: ManifestView | null;
  readonly title: string | null;
  readonly kind: WidgetKind | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly instances: InstanceSelection;
  readonly columns: readonly string[] | null;
  readonly x: string | null;
  readonly y: readonly string[] | null;
  readonly refreshMs: number | null;
}

export interface WidgetInput extends WidgetSettings {
  readonly id: string | undefined;
  readonly dashboardId: string | null;
  readonly position: Position | null;
}

/** A JSON Schema of an object, for validation here and for the documentation of the HTTP API. */
export interface InputSchema {
  readonly type: 'object';
  readonly description?: string;
  readonly additionalProperties: false;
  readonly required?: readonly string[];
  readonly properties: Readonly<Record<string, object>>;
}

export const slugSchema = { type: 'string', pattern: '^[a-z][a-z0-9-]{0,62}$' } as const;
export const clientIdSchema = { type: 'string', minLength: 1, maxLength: 120 } as const;

export const positionSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['x', 'y', 'w', 'h'],
  description: `Place on the dashboard's grid, which is ${GRID} columns wide. Left out: below the others.`,
  properties: {
    x: { type: 'integer', minimum: 0, maximum: GRID - 1 },
    y: { type: 'integer', minimum: 0, maximum: 10_000 },
    w: { type: 'integer', minimum: 1, maximum: GRID },
    h: { type: 'integer', minimum: 1, maximum: 100 },
  },
};

const plugin = { type: 'string', pattern: '^[a-z][a-z0-9-]{0,39}$', description: 'Name of an installed plugin.' };
const settings = {
  template: nullable({ ...defs.contributionId, description: 'Widget template of the plugin.' }),
  query: nullable({ ...defs.contributionId, description: 'Query of the plugin, instead of a template.' }),
  view: nullable({ ...defs.view, description: 'Read of synced rows of the plugin, instead of a template.' }),
  title: nullable({ type: 'string', minLength: 1, maxLength: 120, description: "Left out: the template's." }),
  kind: nullable({ ...template.kind, description: "Left out: the template's, or `table`." }),
  params: {
    type: 'object',
    additionalProperties: true,
    description:
      "Params of the query; those left out are the template's. `${client.name}` stands for a parameter of the instance's client.",
  },
  instances: {
    description: 'All instances of the plugin, those of a client (both follow what is added later), or these.',
    // By type instead of `oneOf`, whose complaints name every branch.
    type: ['string', 'object', 'array'],
    pattern: '^all$',
    additionalProperties: false,
    required: ['clientId'],
    properties: { clientId: clientIdSchema },
    minItems: 1,
    maxItems: 500,
    uniqueItems: true,
    items: { type: 'string', maxLength: 63 },
  },
  columns: nullable({ ...template.columns, minItems: 1 }),
  x: nullable(template.x),
  y: nullable({ ...template.y, minItems: 1 }),
  refreshMs: nullable({ ...template.refreshMs, description: 'Milliseconds between two looks at the data.' }),
};
const dashboardId = nullable({ ...slugSchema, description: 'Dashboard that it stands on.' });
const position = nullable(positionSchema);

const ONE_SOURCE = 'Shows a template, a query or a view: one of the three.';

export const createWidgetSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  description: ONE_SOURCE,
  required: ['plugin', 'instances'],
  properties: {
    id: {
      ...slugSchema,
      description:
        'Made by the host when it is left out. Of somebody who is limited to clients it is the beginning of one.',
    },
    dashboardId,
    plugin,
    ...settings,
    position,
  },
};

export const updateWidgetSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  description: `JSON Merge Patch (RFC 7396): what is left out is kept, null removes. ${ONE_SOURCE}`,
  properties: {
    dashboardId,
    ...settings,
    // A part of either may be sent: what it becomes with the rest is checked when they are together.
    view: { type: ['object', 'null'], additionalProperties: true, description: 'Read of synced rows.' },
    position: { type: ['object', 'null'], additionalProperties: true, description: positionSchema.description },
  },
};

export const previewWidgetSchema: InputSchema = {
  type: 'object',
  additionalProperties: false,
  description: `A widget that is not saved. ${ONE_SOURCE}`,
  required: ['plugin', 'instances'],
  properties: { plugin, ...settings },
};

const validCreate = lazySchema<Partial<WidgetInput>>(createWidgetSchema);
const validUpdate = lazySchema<Readonly<Record<string, unknown>>>(updateWidgetSchema);
const validPreview = lazySchema<Partial<WidgetInput>>(previewWidgetSchema);

export const parseWidget = (input: unknown): WidgetInput => withNulls(parse(validCreate, input, 'widget'));
export const parseWidgetPatch = (input: unknown): Readonly<Record<string, unknown>> =>
  parse(validUpdate, input, 'widget');
export const parsePreview = (input: unknown): WidgetInput => withNulls(parse(validPreview, input, 'widget'));

/** @throws Problem `config_invalid` with a pointer for each fault. */
export function parse<T>(validate: LazyValidator<T>, input: unknown, what: string): T {
  assertPlainJson(input);
  if (validate(input)) return input;
  throw new Problem('config_invalid', `the ${what} is not valid`, { errors: toFieldErrors(validate.errors) });
}

function withNulls(input: Partial<WidgetInput>): WidgetInput {
  return {
    id: input.id,
    dashboardId: input.dashboardId ?? null,
    plugin: input.plugin ?? '',
    template: input.template ?? null,
    query: input.query ?? null,
    view: input.view ?? null,
    title: input.title ?? null,
    kind: input.kind ?? null,
    params: input.params ?? {},
    instances: input.instances ?? 'all',
    columns: input.columns ?? null,
    x: input.x ?? null,
    y: input.y ?? null,
    refreshMs: input.refreshMs ?? null,
    position: input.position ?? null,
  };
}

/** The same, or null. */
export function nullable(schema: object): object {
  const { type, enum: values } = schema as { readonly type?: string; readonly enum?: readonly unknown[] };
  return {
    ...schema,
    ...(type === undefined ? {} : { type: [type, 'null'] }),
    ...(values === undefined ? {} : { enum: [...values, null] }),
  };
}
