// What a widget shows: a query asked of its instances, or a view of their synced rows.
import type { InstanceState, ManifestQuery, ManifestView } from '@jackfield/schemas';
import { higherOf, type Role } from '../access/index.ts';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import type { FanOutRequest, Queries, ResultStream } from '../queries/index.ts';
import type { Store } from '../store/index.ts';
import type { LastRead, StreamTables, ViewRows } from '../sync/index.ts';
import { queryOf } from './description.ts';
import { currentWidget } from './effective.ts';
import { parsePreview, type WidgetSettings } from './input.ts';
import { takesDays, withTimeRange } from './params.ts';
import { NO_DASHBOARD, readWidget, type Surroundings } from './rows.ts';
import { type Selected, selectInstances } from './selection.ts';
import { assertNone, instanceErrors, sourceErrors, type ValidityParts } from './validity.ts';
import { streamOfView } from './view-stream.ts';

export interface WidgetDataParts extends ValidityParts {
  readonly store: Pick<Store, 'db'>;
  readonly queries: Queries;
  readonly streams: StreamTables;
  readonly clock: Clock;
}

/** How it is asked, this time. */
export interface DataRequest extends Pick<FanOutRequest, 'encoding' | 'role' | 'noCache' | 'signal'> {
  /** Instead of the dashboard's time range, and of the widget's own. */
  readonly days?: number | undefined;
  /** Over the widget's own. */
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

export interface WidgetData {
  /** @throws Problem `gone` or `not_found` when there is nothing to show, and as `Queries.fanOut` does. */
  saved(id: string, request: DataRequest): Promise<ResultStream>;
  /** Of a widget that is not saved; see `previewWidgetSchema`. */
  preview(input: unknown, request: DataRequest): Promise<ResultStream>;
}

export function createWidgetData(parts: WidgetDataParts): WidgetData {
  const { store, plugins, instances, queries, streams, clock } = parts;

  /** `runsAs`: of whoever saved the question. */
  async function open(
    settings: WidgetSettings & { readonly runsAs?: Role },
    around: Surroundings,
    request: DataRequest,
  ): Promise<ResultStream> {
    const { manifest, widget } = currentWidget(plugins, settings);
    const selected = await selectInstances(instances, settings);
    if (widget.view !== undefined) {
      if (Object.keys(request.params ?? {}).length > 0) throw viewTakesNone();
      return openView(manifest.name, widget.view, selected, request);
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

  async function openView(
    plugin: string,
    view: ManifestView,
    selected: Selected,
    { encoding }: DataRequest,
  ): Promise<ResultStream> {
    const startedAt = clock.now();
    const instanceIds = selected.instances.map(({ id }) => id);
    const found = await streams.readView(view, { plugin, instanceIds });
    const reads = await streams.lastReads(view.stream, instanceIds);
    const states = statesOf(selected, found, reads, startedAt);
    return streamOfView({ found, encoding, instances: states, startedAt, now: () => clock.now() });
  }

  return {
    async saved(id, request) {
      const { around, ...settings } = await readWidget(store.db, id);
      return open(settings, around, request);
    },

    async preview(input, request) {
      const settings = parsePreview(input);
      const errors = [
        ...(await sourceErrors(parts, settings)),
        ...(await instanceErrors(parts, settings.plugin, settings.instances)),
      ];
      assertNone(errors, 'the widget');
      return open(settings, NO_DASHBOARD, request);
    },
  };
}

function asksOther(query: ManifestQuery | undefined, { params = {}, days }: DataRequest): boolean {
  return Object.keys(params).length > 0 || (days !== undefined && query !== undefined && takesDays(query));
}

/** What became of each instance of a view: its rows are as old as its last read, and there may be a reason why that is long ago. */
function statesOf(
  { ids, instances }: Selected,
  { rows }: ViewRows,
  reads: ReadonlyMap<string, LastRead>,
  now: number,
): InstanceState[] {
  const byId = new Map(instances.map((instance) => [instance.id, instance]));
  const counts = new Map<unknown, number>();
  for (const { instance } of rows) counts.set(instance, (counts.get(instance) ?? 0) + 1);
  return ids.map((id): InstanceState => {
    const instance = byId.get(id);
    if (instance === undefined) {
      const problem = new Problem('not_found', `there is no instance "${id}"`, { instanceId: id });
      return { id, name: id, state: 'failed', rowCount: 0, error: problem.toDocument() };
    }
    const { at = null, failure = null } = reads.get(id) ?? {};
    const known = { id, name: instance.name, rowCount: counts.get(id) ?? 0 };
    const asOf = at === null ? {} : { asOf: new Date(at).toISOString() };
    if (failure === null) return { ...known, ...asOf, state: 'ok' };
    const { code, detail: reason } = failure;
    if (at !== null)
      return { ...known, ...asOf, state: 'stale', stale: { ageMs: Math.max(0, Math.round(now - at)), code, reason } };
    return { ...known, state: 'failed', error: new Problem(code, reason, { instanceId: id }).toDocument() };
  });
}

function viewTakesNone(): Problem {
  return new Problem('params_invalid', 'the widget shows synced rows, which take no params', {
    errors: [{ pointer: '/params', message: 'must be left out' }],
  });
}
