// Widget templates, custom widgets and saved queries: widgets of a plugin, with one of its queries.
import type { ManifestWidget, PluginManifest } from '@jackfield/schemas';
import type { PluginVersion } from '../../kernel/index.ts';
import { sourceErrors, type WidgetSettings } from '../../widgets/index.ts';
import { type OldWidget, readOldWidget } from './cards.ts';
import { textOf } from './cells.ts';
import type { FoundRow } from './found-tables.ts';
import type { Planner } from './planner.ts';
import type { Quarantined, Wish } from './planning.ts';
import { questionOf } from './questions.ts';
import { type NamedPlugin, pluginNamed } from './system-names.ts';
import type { Place } from './system-ids.ts';
import type { WriteWidget } from './writes.ts';

/** Half the grid, as for every widget that nobody has placed. */
const SOMEWHERE = { x: 0, y: 0, w: 6, h: 4 };

export function planWidgets(planner: Planner): void {
  const { templates, queries, widgets } = planner.rows;
  for (const found of [...templates, ...queries, ...widgets]) planner.add(found, widgetOf(planner, found));
}

function widgetOf(planner: Planner, found: FoundRow): Wish {
  const { row } = found;
  const twin = twinOf(planner, found);
  if (twin !== undefined) return twin;
  const place = placeOf(planner, row);
  if ('reason' in place) return place;
  const old = readOldWidget(row);
  if (old.title === undefined) return { reason: 'name_missing', detail: 'it has no name', plugin: place.plugin };
  const id = planner.idOf(found, 'widget', `${place.plugin} ${old.title}`);
  const made = makeWidget(planner, { id, dashboardId: null, place, old, position: undefined });
  if ('reason' in made) return { ...made, plugin: place.plugin };
  return { plugin: place.plugin, targets: [{ kind: 'widget', id }], writes: [made], on: place };
}

/** The same template in the table of the other name: one widget is enough. */
function twinOf(planner: Planner, found: FoundRow): Wish | undefined {
  if (found.table !== 'externalWidgetTemplates') return undefined;
  const other = planner.steps.find(
    (step) =>
      step.found.table === 'external_widget_templates' &&
      step.found.id === found.id &&
      textOf(step.found.row, 'name') === textOf(found.row, 'name') &&
      textOf(step.found.row, 'query') === textOf(found.row, 'query') &&
      step.targets.length > 0,
  );
  if (other === undefined) return undefined;
  return { plugin: other.plugin, targets: other.targets, writes: other.writes };
}

function placeOf(planner: Planner, row: FoundRow['row']): Place | (Quarantined & { plugin?: string }) {
  const instanceId = textOf(row, 'instance_id');
  const instance = instanceId === undefined ? undefined : planner.instances.get(instanceId);
  if (instance !== undefined) return instance;
  const systemId = textOf(row, 'system_id', 'external_system_id');
  if (systemId !== undefined) {
    const place = planner.systems.get(systemId);
    if (place !== undefined) return place;
    const isThere = planner.rows.systems.some(({ id }) => id === systemId);
    const reason = isThere ? 'system_quarantined' : 'system_missing';
    return { reason, detail: isThere ? `its system ${systemId} could not be moved` : `there is no system ${systemId}` };
  }
  const sourceId = textOf(row, 'data_source_id');
  const source = sourceId === undefined ? undefined : planner.sources.get(sourceId);
  if (source !== undefined) return source;
  if (sourceId !== undefined)
    return { reason: 'source_without_plugin', detail: `its data source ${sourceId} could not be moved` };
  const installed = planner.state.plugins.map(({ manifest }): NamedPlugin => manifest);
  const named = pluginNamed(installed, textOf(row, 'plugin_name', 'system_name'));
  if (named === undefined) return { reason: 'system_unknown', detail: 'no plugin here is of the name of its system' };
  const { plugin } = named;
  if (!named.isInstalled)
    return { reason: 'plugin_missing', detail: `the plugin "${plugin}" is not installed`, plugin };
  const isHere = instanceId !== undefined && planner.state.instances.has(instanceId);
  return { plugin, instanceIds: isHere ? [instanceId] : [] };
}

export interface NewWidget {
  readonly id: string;
  readonly dashboardId: string | null;
  readonly place: Place;
  readonly old: OldWidget;
  readonly position: WriteWidget['position'] | undefined;
}

/** Shown as before where that fits what is asked, else as a table. */
export function makeWidget(
  planner: Pick<Planner, 'plugin'>,
  { id, dashboardId, place, old, position }: NewWidget,
): WriteWidget | Quarantined {
  const version = planner.plugin(place.plugin);
  if (version === undefined)
    return { reason: 'plugin_missing', detail: `the plugin "${place.plugin}" is not installed` };
  const question = questionOf(version.manifest, old.question);
  if (question.kind === 'none') return question;
  const { query, params } = question;
  const template = templateOf(version.manifest, query, params, old);
  const base = {
    ...{ plugin: place.plugin, title: old.title ?? null, params, refreshMs: old.refreshMs ?? null },
    instances: place.instanceIds.length === 0 ? ('all' as const) : place.instanceIds,
  };
  const shown = [
    ...(template === undefined ? [] : [{ ...base, template, query: null, show: null }]),
    { ...base, template: null, query, show: old.kind ?? ('table' as const) },
    { ...base, template: null, query, show: 'table' as const },
  ];
  let faults: readonly string[] = [];
  // One after the other: to judge one costs ten milliseconds.
  const settings = shown.find((candidate) => (faults = faultsOf(version, candidate)).length === 0);
  if (settings === undefined) {
    const detail = `what it asks does not fit the query "${query}": ${faults.join('; ')}`;
    return { reason: 'widget_invalid', detail };
  }
  const runsAs = version.manifest.queries[query]?.role ?? 'user';
  return { kind: 'widget', id, dashboardId, ...settings, runsAs, position: position ?? SOMEWHERE };
}

/** A template of the plugin that shows the same, in the same way where one was said. */
function templateOf(
  manifest: PluginManifest,
  query: string,
  params: WriteWidget['params'],
  { kind }: OldWidget,
): string | undefined {
  const fitting = Object.entries(manifest.widgets ?? {}).filter(
    ([, widget]) => widget.query === query && (kind === undefined || widget.kind === kind),
  );
  // One that says nothing that was not said, where there is one.
  const isSaid = ([, widget]: [string, ManifestWidget]): boolean =>
    Object.keys(widget.params).every((name) => Object.hasOwn(params, name));
  return (fitting.find(isSaid) ?? fitting[0])?.[0];
}

type Shown = Pick<
  WriteWidget,
  'plugin' | 'template' | 'query' | 'title' | 'show' | 'params' | 'instances' | 'refreshMs'
>;

const judged = new WeakMap<PluginVersion, Map<string, readonly string[]>>();

function faultsOf(version: PluginVersion, { show, ...shown }: Shown): readonly string[] {
  const known = judged.get(version) ?? new Map<string, readonly string[]>();
  judged.set(version, known);
  const settings: WidgetSettings = { ...shown, kind: show, view: null, columns: null, x: null, y: null };
  const key = JSON.stringify({ ...settings, title: settings.title?.length, instances: null });
  const before = known.get(key);
  if (before !== undefined) return before;
  const plugins = { find: () => version, refreshMs: 60_000 };
  const faults = sourceErrors({ plugins }, settings).map(({ pointer, message }) => `${pointer} ${message}`);
  known.set(key, faults);
  return faults;
}
