export { createDashboards, type Dashboards, type DashboardView } from './dashboards.ts';
export { dashboardRoutes } from './dashboard-routes.ts';
export { WidgetPlugins } from './plugins.ts';
export { templateRoutes } from './template-routes.ts';
export type { WidgetView } from './view.ts';
export { widgetRoutes } from './widget-routes.ts';
export { createWidgets, type Widgets } from './widgets.ts';
