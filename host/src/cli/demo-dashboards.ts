// The demo's dashboards: one for each vendor, with every widget template of its plugin, for one client. Made through the REST API, and
// the same after a second start.
import type { ApiClient } from './api-client.ts';
import { readJson } from './api-client.ts';

interface Template {
  readonly template: string;
  readonly kind: string;
}

interface Position {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

const GRID = 12;
const SMALL = { w: 3, h: 2 };
const LARGE = { w: 6, h: 4 };

/** Ids of the widgets, in the order in which they stand. */
export async function putDashboard(api: ApiClient, plugin: string, title: string, clientId: string): Promise<string[]> {
  const id = `demo-${plugin}`;
  await put(api, '/api/dashboards', id, { title, clientId, timeRange: { days: 30 } });
  const found = await api.send('GET', `/api/widget-templates?plugin=${plugin}`);
  const { templates } = await readJson<{ templates: Template[] }>(found);
  const placed = placesOf(templates);
  const widgets: string[] = [];
  for (const [{ template }, position] of placed) {
    const widget = `${id}-${template.replaceAll('_', '-')}`;
    const source = { template, instances: { clientId }, dashboardId: id, position };
    await put(api, '/api/widgets', widget, source, { plugin });
    widgets.push(widget);
  }
  await removeOthers(api, id, new Set(widgets));
  return widgets;
}

/** What somebody sees first: a little of every vendor, side by side. */
const GLANCE: readonly (Template & { readonly plugin: string })[] = [
  { plugin: 'jira', template: 'open_total', kind: 'stat' },
  { plugin: 'fortigate', template: 'memory_now', kind: 'gauge' },
  { plugin: 'fortigate', template: 'device', kind: 'stat' },
  { plugin: 'jira', template: 'open_by_status', kind: 'bar' },
  { plugin: 'fortigate', template: 'cpu_memory', kind: 'timeseries' },
  { plugin: 'jira', template: 'created_vs_resolved', kind: 'timeseries' },
  { plugin: 'fortigate', template: 'top_policies', kind: 'bar' },
];

/** Ids of its widgets. Its own id is the first of all, and so it is where the app begins. */
export async function putGlance(api: ApiClient, clientId: string): Promise<string[]> {
  const id = 'demo';
  await put(api, '/api/dashboards', id, { title: 'At a glance', clientId, timeRange: { days: 30 } });
  const widgets: string[] = [];
  for (const [{ plugin, template }, position] of placesOf(GLANCE)) {
    const widget = `${id}-glance-${plugin}-${template.replaceAll('_', '-')}`;
    const source = { template, instances: { clientId }, dashboardId: id, position };
    await put(api, '/api/widgets', widget, source, { plugin });
    widgets.push(widget);
  }
  return widgets;
}

/** Numbers first, in rows of four; then what needs room, in rows of two. */
export function placesOf<T extends Template>(templates: readonly T[]): [T, Position][] {
  const isSmall = ({ kind }: Template): boolean => kind === 'stat' || kind === 'gauge';
  const small = flow(templates.filter(isSmall), SMALL, 0);
  const below = Math.max(0, ...small.map(([, { y, h }]) => y + h));
  return [
    ...small,
    ...flow(
      templates.filter((template) => !isSmall(template)),
      LARGE,
      below,
    ),
  ];
}

function flow<T>(items: readonly T[], { w, h }: { w: number; h: number }, from: number): [T, Position][] {
  const perRow = GRID / w;
  return items.map((item, index) => [
    item,
    { x: (index % perRow) * w, y: from + Math.floor(index / perRow) * h, w, h },
  ]);
}

/** A template that an earlier version of the plugin had. */
async function removeOthers(api: ApiClient, dashboard: string, current: ReadonlySet<string>): Promise<void> {
  const { widgets } = await readJson<{ widgets: { id: string; problem?: object }[] }>(
    await api.send('GET', `/api/dashboards/${dashboard}`),
  );
  for (const { id, problem } of widgets)
    if (problem !== undefined && !current.has(id)) await api.send('DELETE', `/api/widgets/${id}`);
}

/** Creates it, or changes what is there. `fixed` is set when it is made and not changed. */
export async function put(api: ApiClient, path: string, id: string, input: object, fixed: object = {}): Promise<void> {
  const made = await api.send('POST', path, { id, ...fixed, ...input });
  if (made.status === 201) return;
  const changed = made.status === 409 ? await api.send('PATCH', `${path}/${id}`, input) : made;
  if (!changed.ok) throw new Error(`${path}/${id} could not be made: ${await changed.text()}`);
}
