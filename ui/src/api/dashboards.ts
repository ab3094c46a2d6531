// Dashboards, the widgets on them and the templates that they come from.
import type { DashboardSummary, DashboardView, TemplateView, WidgetView } from '@jackfield/host/answers';
import { queryOptions } from '@tanstack/react-query';
import { ask, pathTo } from './client.ts';

export type { DashboardSummary, DashboardView, TemplateView, WidgetView };
export type Position = WidgetView['position'];
export type Selection = WidgetView['instances'];

export const dashboardsQuery = queryOptions({
  queryKey: ['dashboards', 'all'],
  queryFn: async ({ signal }) =>
    (await ask<{ dashboards: readonly DashboardSummary[] }>('GET', '/api/dashboards', { signal })).dashboards,
});

export const dashboardQuery = (id: string) =>
  queryOptions({
    queryKey: ['dashboards', 'one', id],
    queryFn: ({ signal }) => ask<DashboardView>('GET', pathTo(['dashboards', id]), { signal }),
  });

export const templatesQuery = queryOptions({
  queryKey: ['plugins', 'every', 'templates'],
  queryFn: async ({ signal }) =>
    (await ask<{ templates: readonly TemplateView[] }>('GET', '/api/widget-templates', { signal })).templates,
});

export const widgetsQuery = queryOptions({
  queryKey: ['dashboards', 'widgets'],
  queryFn: async ({ signal }) =>
    (await ask<{ widgets: readonly WidgetView[] }>('GET', '/api/widgets', { signal })).widgets,
});

/** A thing by what people call it. */
interface Named {
  readonly id: string;
  readonly name: string;
}

export const clientNamesQuery = queryOptions({
  queryKey: ['names', 'clients'],
  queryFn: async ({ signal }) =>
    (await ask<{ clients: readonly Named[] }>('GET', '/api/clients', { signal })).clients.map(({ id, name }) => ({
      id,
      name,
    })),
});

export const instanceNamesQuery = queryOptions({
  queryKey: ['names', 'instances'],
  queryFn: async ({ signal }) =>
    (await ask<{ instances: readonly (Named & { readonly plugin: string })[] }>('GET', '/api/instances', { signal }))
      .instances,
});

export interface DashboardInput {
  readonly title: string;
  readonly description?: string | null;
  readonly clientId?: string | null;
  readonly timeRange?: { readonly days: number } | null;
  readonly refreshMs?: number | null;
}

export const createDashboard = (body: DashboardInput) => ask<DashboardView>('POST', '/api/dashboards', { body });
export const changeDashboard = (id: string, body: Partial<DashboardInput>) =>
  ask<DashboardView>('PATCH', pathTo(['dashboards', id]), { body });
export const removeDashboard = (id: string) => ask<void>('DELETE', pathTo(['dashboards', id]));
export const layOut = (id: string, widgets: readonly { readonly id: string; readonly position: Position }[]) =>
  ask<DashboardView>('PUT', pathTo(['dashboards', id, 'layout']), { body: { widgets } });

/** What is left out or null is as its template, or the host, says. */
export interface WidgetInput extends Partial<
  Pick<
    WidgetView,
    'template' | 'query' | 'view' | 'title' | 'params' | 'columns' | 'x' | 'y' | 'refreshMs' | 'dashboardId'
  >
> {
  readonly plugin: string;
  readonly kind?: string | null;
  readonly instances: Selection;
}

export const createWidget = (body: WidgetInput) => ask<WidgetView>('POST', '/api/widgets', { body });
export const changeWidget = (
  id: string,
  body: Partial<Omit<WidgetInput, 'plugin'>> & { readonly position?: Position | null },
) => ask<WidgetView>('PATCH', pathTo(['widgets', id]), { body });
export const removeWidget = (id: string) => ask<void>('DELETE', pathTo(['widgets', id]));

const LAST = 'jackfield-dashboard';

/** The one that was looked at last in this browser: where the app begins. */
export function lastDashboard(): string | null {
  return localStorage.getItem(LAST);
}

export function keepLastDashboard(id: string): void {
  localStorage.setItem(LAST, id);
}
