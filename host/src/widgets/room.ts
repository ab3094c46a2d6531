// The room put together: dashboards, the widgets on them, the templates they come from and the data they show.
import type { FastifyInstance } from 'fastify';
import type { Hooks } from '../kernel/index.ts';
import { createWidgetData, type WidgetDataParts } from './data.ts';
import { dataRoutes } from './data-routes.ts';
import { createDashboards } from './dashboards.ts';
import { dashboardRoutes } from './dashboard-routes.ts';
import { WidgetPlugins } from './plugins.ts';
import { templateRoutes } from './template-routes.ts';
import { widgetRoutes } from './widget-routes.ts';
import { createWidgets, type WidgetsParts } from './widgets.ts';

export interface WidgetRoomParts extends Omit<WidgetsParts & WidgetDataParts, 'plugins'> {
  readonly hooks: Pick<Hooks, 'contribute'>;
}

/** Call it before plugins are loaded. */
export function createWidgetRoom(options: WidgetRoomParts): { readonly routes: (app: FastifyInstance) => void } {
  const plugins = new WidgetPlugins(options.hooks, options.limits);
  const parts = { ...options, plugins };
  const widgets = createWidgets(parts);
  const dashboards = createDashboards(parts);
  const data = createWidgetData(parts);
  return {
    routes(app) {
      templateRoutes(app, plugins);
      widgetRoutes(app, widgets);
      dataRoutes(app, data);
      dashboardRoutes(app, dashboards);
    },
  };
}
