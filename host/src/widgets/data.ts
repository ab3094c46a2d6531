// What a widget shows: a query asked of its instances, or a view of their synced rows.
import type { ManifestQuery } from '@jackfield/schemas';
import { higherOf, keyOfScope, type Role } from '../access/index.ts';
import { Problem } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Memories } from '../memory.ts';
import type { FanOutRequest, Queries, ResultStream } from '../queries/index.ts';
import type { Store } from '../store/index.ts';
import { queryOf } from './description.ts';
import { currentWidget } from './effective.ts';
import { parsePreview, type WidgetSettings } from './input.ts';
import { takesDays, withTimeRange } from './params.ts';
import { NO_DASHBOARD, type PlacedWidget, readWidget, type Surroundings } from './rows.ts';
import { type By, reachOf } from './seen.ts';
import { selectInstances } from './selection.ts';
import { assertNone, instanceErrors, sourceErrors, type ValidityParts } from './validity.ts';

export interface WidgetDataParts extends ValidityParts {
  readonly store: Pick<Store, 'readAs'>;
  readonly queries: Queries;
  readonly memories: Memories;
  readonly limits: Pick<Limits, 'memory'>;
}

/** How it is asked, this time. */
export interface DataRequest extends Pick<
  FanOutRequest,
  'encoding' | 'role' | 'clients' | 'noCache' | 'signal' | 'stands'
> {
  /** Instead of the dashboard's time range, and of the widget's own. */
  readonly days?: number | undefined;
  /** Over the widget's own. */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

export interface WidgetData {
  /** @throws Problem `gone` or `not_found` when there is nothing to show, and as `Queries.fanOut` does. */
  saved(id: string, request: DataRequest, by: Omit<By, 'role'>): Promise<ResultStream>;
  /** Of a widget that is not saved; see `previewWidgetSchema`. */
  preview(input: unknown, request: DataRequest): Promise<ResultStream>;
}

export function createWidgetData(parts: WidgetDataParts): WidgetData {
  const { store, plugins, instances, queries, memories, limits } = parts;
  // A dashboard's client is part of what a widget on it asks, and so are that client's parameters.
  const widgets = memories.open<PlacedWidget>({ of: ['widget', 'dashboard', 'client'], most: limits.memory.widgets });

  /** `runsAs`: of whoever saved the question. */
  async function open(
    settings: WidgetSettings & { readonly runsAs?: Role },
    around: Surroundings,
    request: DataRequest,
  ): Promise<ResultStream> {
    const { manifest, widget } = currentWidget(plugins, settings);
    const selected = await selectInstances(instances, settings, request.clients);
    if (widget.view !== undefined) {
      if (Object.keys(request.params ?? {}).length > 0) throw viewTakesNone();
      const { encoding, clients } = request;
      return queries.readView({
        plugin: manifest.name,
        view: widget.view,
        instanceIds: selected.ids,
        encoding,
        clients,
      });
    }
    const queryId = widget.query ?? '';
    const { days, params = {}, ...rest } = request;
    const own = { ...(days === undefined ? settings.params : {}), ...params };
    const query = queryOf(manifest, queryId);
    const asked = { ...widget.params, ...params };
    return queries.fanOut({
      ...rest,
      // With other params it is the viewer's own question.
      role: asksOther(query, request) ? request.role : higherOf(settings.runsAs ?? request.role, request.role),
      plugin: manifest.name,
      queryId,
      params: query === undefined ? asked : withTimeRange(query, asked, own, days ?? around.days),
      source: 'json',
      instanceIds: selected.ids,
      forClient: around.clientId,
    });
  }

  return {
    async saved(id, request, by) {
      const reach = reachOf(by);
      const key = `${keyOfScope(reach)} ${id}`;
      const widget = await widgets.recall(key, () => store.readAs(reach, (seen) => readWidget(seen, id)));
      const { around, ...settings } = widget;
      return open(settings, around, { ...request, stands: () => widgets.get(key) === widget });
    },

    async preview(input, request) {
      const settings = parsePreview(input);
      const errors = [
        ...sourceErrors(parts, settings),
        ...(await instanceErrors(parts, settings.plugin, settings.instances, request.clients)),
      ];
      assertNone(errors, 'the widget');
      return open(settings, NO_DASHBOARD, request);
    },
  };
}

function asksOther(query: ManifestQuery | undefined, { params = {}, days }: DataRequest): boolean {
  return Object.keys(params).length > 0 || (days !== undefined && query !== undefined && takesDays(query));
}

function viewTakesNone(): Problem {
  return new Problem('params_invalid', 'the widget shows synced rows, which take no params', {
    errors: [{ pointer: '/params', message: 'must be left out' }],
  });
}
