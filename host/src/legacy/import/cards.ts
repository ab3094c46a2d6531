// The cards of an old dashboard, and the widgets, templates and saved queries that they look like: what they ask and how they show it.
import { isRecord, recordOf, type Row, textOf } from './cells.ts';
import type { OldQuestion } from './questions.ts';

export const KINDS = ['stat', 'table', 'bar', 'pie', 'line', 'timeseries', 'gauge'] as const;
export type Kind = (typeof KINDS)[number];

/** A thing of the old world that shows what a system answers. */
export interface OldWidget {
  readonly title: string | undefined;
  readonly question: OldQuestion;
  readonly kind: Kind | undefined;
  readonly refreshMs: number | undefined;
}

const LONGEST_TITLE = 120;

/** Also of a card: what it does not say itself, its `config` or the widget that it was made from says. */
export function readOldWidget(row: Row): OldWidget {
  const config = recordOf(row['config'] ?? row['settings']);
  const engine = recordOf(config['integrationEngineData'] ?? row['integrationEngineData']);
  const original = recordOf(engine['originalWidget']);
  const layers = [row, config, original].flatMap((layer) => [
    layer,
    recordOf(layer['queryConfig'] ?? layer['query_config']),
    recordOf(layer['display_config'] ?? layer['displayConfig'] ?? layer['visualConfig'] ?? layer['visual_config']),
  ]);
  const first = (...names: readonly string[]): string | undefined =>
    layers.map((layer) => textOf(layer, ...names)).find((text) => text !== undefined);
  const parameters = layers
    .map((layer) =>
      recordOf(layer['parameters'] ?? layer['params'] ?? layer['query_parameters'] ?? layer['queryParameters']),
    )
    .find((record) => Object.keys(record).length > 0);
  const seconds = Number(first('refresh_interval', 'refreshInterval') ?? Number.NaN);
  return {
    title: first('title', 'name')?.slice(0, LONGEST_TITLE),
    question: {
      queryId: first('query_id', 'queryId'),
      query: first('custom_query', 'customQuery', 'query', 'endpoint', 'path', 'jql'),
      method: first('method', 'query_method', 'queryMethod'),
      parameters: parameters ?? {},
    },
    kind: kindOf(first('chart_type', 'chartType'), first('display_type', 'displayType', 'widget_type', 'type', 'kind')),
    refreshMs: Number.isFinite(seconds) ? Math.min(Math.max(seconds * 1000, 1000), 86_400_000) : undefined,
  };
}

const SHOWN: Readonly<Record<string, Kind>> = {
  ...{ metric: 'stat', number: 'stat', stat: 'stat', counter: 'stat', table: 'table', list: 'table' },
  ...{ gauge: 'gauge', progress: 'gauge', bar: 'bar', column: 'bar', pie: 'pie', doughnut: 'pie', donut: 'pie' },
  ...{ line: 'line', area: 'line', timeseries: 'timeseries' },
};

/** A `chart` is what its chart type says. */
function kindOf(chart: string | undefined, display: string | undefined): Kind | undefined {
  const said = [display, chart].map((text) => text?.toLowerCase() ?? '');
  return said.map((text) => (Object.hasOwn(SHOWN, text) ? SHOWN[text] : undefined)).find((kind) => kind !== undefined);
}

export interface OldCard {
  readonly card: Row;
  /** On a grid of 12 columns; undefined: where there is room. */
  readonly position: { readonly x: number; readonly y: number; readonly w: number; readonly h: number } | undefined;
}

/** The cards of a layout: a list, or an object with one in it. Within a card no other is looked for. */
export function cardsOf(layout: unknown): OldCard[] {
  if (Array.isArray(layout)) {
    return layout.filter(isRecord).flatMap((item) => (isGroup(item) ? cardsOf(groupOf(item)) : [cardOf(item)]));
  }
  return isRecord(layout) ? cardsOf(groupOf(layout)) : [];
}

const GROUPS = ['cards', 'widgets', 'items', 'children', 'rows', 'columns', 'sections', 'tabs', 'layout'];

function isGroup(item: Row): boolean {
  return GROUPS.some((name) => Array.isArray(item[name]));
}

function groupOf(item: Row): unknown[] {
  return GROUPS.flatMap((name) => (Array.isArray(item[name]) ? (item[name] as unknown[]) : []));
}

function cardOf(card: Row): OldCard {
  const grid = isRecord(card['position']) ? card['position'] : card;
  const [x, y, w, h] = ['x', 'y', 'w', 'h'].map((name) => grid[name]);
  const isPlaced = [x, y, w, h].every((value) => typeof value === 'number' && Number.isInteger(value) && value >= 0);
  if (!isPlaced) return { card, position: undefined };
  const width = Math.min(Math.max(w as number, 1), 12);
  return {
    card,
    position: {
      x: Math.min(x as number, 12 - width),
      y: Math.min(y as number, 10_000),
      w: width,
      h: Math.min(Math.max(h as number, 1), 100),
    },
  };
}
