// What can be placed on a dashboard: templates, queries and synced rows of the plugins, and widgets that are saved already.
import type { QuerySummary, StreamStatus, TemplateView, WidgetView } from '@jackfield/host/answers';
import { useQuery } from '@tanstack/react-query';
import { templatesQuery, widgetsQuery } from '../../../api/dashboards.ts';
import { everyQueryQuery, everyStreamQuery } from '../../../api/plugins.ts';
import { titleOf } from '../widget-title.ts';

export type Query = Pick<QuerySummary, 'id' | 'title' | 'params' | 'columns' | 'role'>;

export type Thing =
  | { readonly what: 'template'; readonly template: TemplateView }
  | { readonly what: 'query'; readonly query: Query }
  | { readonly what: 'rows'; readonly stream: StreamStatus }
  | { readonly what: 'saved'; readonly widget: WidgetView };

/** Something that somebody may choose. */
export interface Offer {
  readonly key: string;
  readonly plugin: string;
  readonly title: string;
  readonly description: string;
  readonly thing: Thing;
}

export const SOURCES = ['template', 'query', 'rows', 'saved'] as const;
export type Source = (typeof SOURCES)[number];

export interface Offers {
  readonly offers: readonly Offer[] | undefined;
  readonly error: Error | null;
  retry(): void;
}

/** `dashboardId`: what stands there already is not offered again. */
export function useOffers(source: Source, dashboardId: string): Offers {
  const templates = useQuery({ ...templatesQuery, enabled: source === 'template' });
  const queries = useQuery({ ...everyQueryQuery, enabled: source === 'query' });
  const streams = useQuery({ ...everyStreamQuery, enabled: source === 'rows' });
  const widgets = useQuery({ ...widgetsQuery, enabled: source === 'saved' });
  const { error, refetch } = { template: templates, query: queries, rows: streams, saved: widgets }[source];
  const retry = () => void refetch();
  switch (source) {
    case 'template':
      return { offers: templates.data?.map(templateOffer), error, retry };
    case 'query':
      return { offers: queries.data?.map(({ plugin, query }) => queryOffer(plugin, query)), error, retry };
    case 'rows':
      return { offers: streams.data?.map(({ plugin, stream }) => rowsOffer(plugin, stream)), error, retry };
    case 'saved':
      return { offers: widgets.data?.filter((one) => one.dashboardId !== dashboardId).map(savedOffer), error, retry };
  }
}

function templateOffer(template: TemplateView): Offer {
  const { plugin, title, description = '', kind } = template;
  const thing = { what: 'template', template } as const;
  return { key: `${plugin} ${template.template}`, plugin, title, description: said(kind, description), thing };
}

function queryOffer(plugin: string, query: Query & { readonly description?: string }): Offer {
  const { id, title, description = '' } = query;
  return { key: `${plugin} ${id}`, plugin, title, description, thing: { what: 'query', query } };
}

function rowsOffer(plugin: string, stream: StreamStatus): Offer {
  const columns = stream.columns.map(({ label, name }) => label ?? name).join(', ');
  return {
    key: `${plugin} ${stream.id}`,
    plugin,
    title: stream.title,
    description: columns,
    thing: { what: 'rows', stream },
  };
}

function savedOffer(widget: WidgetView): Offer {
  const { id, plugin, dashboardId, kind, shows } = widget;
  const where = dashboardId === null ? 'on no dashboard' : `a copy of the one on ${dashboardId}`;
  const description = said(shows?.kind ?? kind ?? '', where);
  return { key: id, plugin, title: titleOf(widget), description, thing: { what: 'saved', widget } };
}

function said(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}
