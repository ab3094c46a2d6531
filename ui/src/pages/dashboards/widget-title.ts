import type { WidgetView } from '../../api/dashboards.ts';

export function titleOf({ title, shows, id }: Pick<WidgetView, 'title' | 'shows' | 'id'>): string {
  return title ?? shows?.title ?? id;
}
