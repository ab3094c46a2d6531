import type { PluginManifest } from '@jackfield/schemas';
import type { FastifyInstance } from 'fastify';
import { forRole } from '../access/index.ts';
import { Problem } from '../errors.ts';
import { describe, type WidgetDescription } from './description.ts';
import { templateOf } from './effective.ts';
import type { WidgetPlugins } from './plugins.ts';

export interface TemplateView extends WidgetDescription {
  readonly plugin: string;
  readonly template: string;
}

const tags = ['widgets'];

/** The widgets that plugins bring, ready to be placed. */
export function templateRoutes(app: FastifyInstance, plugins: WidgetPlugins): void {
  app.get<{ Querystring: { plugin?: string } }>(
    '/api/widget-templates',
    {
      config: forRole('user', 'nobody'),
      schema: {
        summary: 'The widget templates',
        description:
          'What plugins bring: each shows a query, or a view of synced rows, with columns, units and how often to look.',
        tags,
        querystring: {
          type: 'object',
          additionalProperties: false,
          properties: { plugin: { type: 'string', description: 'Only those of this plugin.' } },
        },
      },
    },
    ({ query: { plugin } }) => {
      const asked = plugins.list().filter(({ manifest }) => plugin === undefined || manifest.name === plugin);
      return { templates: asked.flatMap(({ manifest }) => templatesOf(manifest)) };
    },
  );

  app.get<{ Params: { plugin: string; template: string } }>(
    '/api/widget-templates/:plugin/:template',
    {
      config: forRole('user', 'nobody'),
      schema: {
        summary: 'One widget template',
        tags,
        params: {
          type: 'object',
          properties: {
            plugin: { type: 'string', description: 'Plugin name.' },
            template: { type: 'string', description: 'Template id.' },
          },
        },
      },
    },
    ({ params: { plugin, template } }) => {
      const manifest = plugins.find(plugin)?.manifest;
      const widget = manifest && templateOf(manifest, template);
      if (manifest !== undefined && widget !== undefined)
        return { plugin, template, ...describe(manifest, widget) } satisfies TemplateView;
      throw new Problem('not_found', `there is no widget template "${template}" of a plugin "${plugin}"`, {
        next: 'GET /api/widget-templates lists what there is.',
      });
    },
  );
}

function templatesOf(manifest: PluginManifest): TemplateView[] {
  return Object.entries(manifest.widgets ?? {}).map(([template, widget]) => ({
    plugin: manifest.name,
    template,
    ...describe(manifest, widget),
  }));
}
