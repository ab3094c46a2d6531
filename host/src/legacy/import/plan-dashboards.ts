// Dashboards of the old world: JSON full of ids. Each becomes a dashboard with the widgets of its cards, and its document is kept with
// the ids rewritten, so that nothing of what it said is lost.
import { isRecord, jsonOf, recordOf, type Row, textOf } from './cells.ts';
import { cardsOf, type OldCard, readOldWidget } from './cards.ts';
import { takeRowSecrets } from './connections.ts';
import { type FoundRow, foundRow } from './found-tables.ts';
import type { Planner } from './planner.ts';
import type { Wish } from './planning.ts';
import { makeWidget } from './plan-widgets.ts';
import { hasSystemId, placeOfCard, type Resolve, rewriteSystemIds } from './system-ids.ts';
import type { Writes } from './writes.ts';

export function planDashboards(planner: Planner): void {
  for (const found of planner.rows.dashboards) planner.add(found, dashboardOf(planner, found, documentOf(found.row)));
  // Cards of their own, one row each: a person's are a dashboard.
  const owners = Map.groupBy(planner.rows.cards, ({ row }) => textOf(row, 'user_id') ?? '');
  for (const [owner, cards] of owners) {
    const [first] = cards;
    if (first === undefined) continue;
    const row: Row = {
      user_id: owner,
      name: 'Dashboard',
      layout: cards.map((card) => ({ ...documentOf(card.row), id: card.id })),
    };
    const found = foundRow(first.table, row, `user:${owner}`);
    planner.add(found, dashboardOf(planner, found, row));
  }
}

/** JSON in text is looked into as well. */
function documentOf(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([column, cell]) => {
      const json = jsonOf(cell);
      return [column, json.kind === 'value' && typeof json.value === 'object' ? json.value : cell];
    }),
  );
}

function dashboardOf(planner: Planner, found: FoundRow, document: Row): Wish {
  const title = textOf(document, 'name', 'title');
  if (title === undefined) return { reason: 'name_missing', detail: 'the dashboard has no name' };
  const broken = ['layout', 'config', 'widgets', 'cards'].find((column) => isBrokenJson(found.row[column]));
  if (broken !== undefined) return { reason: 'value_unusable', detail: `its ${broken} is no JSON` };
  const id = planner.idOf(found, 'dashboard', title);
  const resolve = resolverOf(planner);
  const { masked } = takeRowSecrets(document);
  const { document: rewritten, flags } = rewriteSystemIds(masked, resolve);
  const cards = ['layout', 'config', 'widgets', 'cards', 'settings'].flatMap((column) => cardsOf(document[column]));
  const { writes, left } = widgetsOf(planner, found, id, cards, resolve);
  const owner = ownerOf(planner, textOf(document, 'user_id', 'owner_id', 'created_by'));
  const widgetIds = writes.map((write) => write.id);
  const said = textOf(document, 'description');
  const mark =
    owner.id === null && owner.old !== null
      ? `Imported; it belonged to user ${owner.old}, who is not here.`
      : undefined;
  const description = [said, mark]
    .filter((text) => text !== undefined)
    .join('\n')
    .slice(0, 2000);
  const dashboard: Writes = {
    kind: 'dashboard',
    id,
    title: title.slice(0, 120),
    description: description === '' ? null : description,
    document: rewritten,
    flags,
    ownerId: owner.id,
    oldOwner: owner.old,
    goneWidgets: (planner.known(found)?.targets ?? []).flatMap((target) =>
      target.kind === 'widget' && !widgetIds.includes(target.id) ? [target.id] : [],
    ),
  };
  const unmoved = [...left, ...flags.map(({ pointer }) => `${pointer} names a system that is not here`)];
  return {
    targets: [{ kind: 'dashboard', id }, ...widgetIds.map((widget) => ({ kind: 'widget' as const, id: widget }))],
    writes: [dashboard, ...writes],
    left: unmoved.length === 0 ? undefined : { reason: 'value_unusable', detail: unmoved.join('; ') },
    on: [rewritten, owner],
  };
}

function isBrokenJson(cell: unknown): boolean {
  const json = jsonOf(cell);
  return json.kind === 'broken';
}

function resolverOf(planner: Planner): Resolve {
  return (kind, id) => {
    if (kind === 'dataSource') return planner.sources.get(id);
    return planner.systems.get(id);
  };
}

/** A widget for each card that asks a system; what asks nothing of one stays in the document. */
function widgetsOf(
  planner: Planner,
  found: FoundRow,
  dashboardId: string,
  cards: readonly OldCard[],
  resolve: Resolve,
): { writes: Extract<Writes, { kind: 'widget' }>[]; left: string[] } {
  const writes: Extract<Writes, { kind: 'widget' }>[] = [];
  const left: string[] = [];
  let below = 0;
  for (const [index, { card, position }] of cards.entries()) {
    if (!hasSystemId(card)) continue;
    const place = placeOfCard(card, resolve);
    if (place === undefined) continue;
    const wanted = textOf(card, 'card_id', 'cardId', 'id') ?? String(index + 1);
    const id = planner.idOf(found, 'widget', `${dashboardId} ${wanted}`, writes.length);
    const old = readOldWidget({
      ...card,
      config: isRecord(card['config']) ? card['config'] : recordOf(card['config']),
    });
    const at = position ?? { x: (writes.length % 2) * 6, y: below, w: 6, h: 4 };
    const made = makeWidget(planner, { id, dashboardId, place, old, position: at });
    if ('reason' in made) {
      left.push(`card ${index + 1}: ${made.detail}`);
      continue;
    }
    writes.push(made);
    if (position === undefined && writes.length % 2 === 0) below += 4;
  }
  return { writes, left };
}

interface Owner {
  /** Null: they are not here. */
  readonly id: string | null;
  readonly old: string | null;
}

function ownerOf(planner: Planner, oldId: string | undefined): Owner {
  if (oldId === undefined) return { id: null, old: null };
  const row = planner.rows.users.find(({ id }) => id === oldId)?.row;
  const logins =
    row === undefined ? [] : ['email', 'username', 'login'].map((column) => textOf(row, column)?.toLowerCase());
  const here = planner.state.users.find(({ login }) => logins.includes(login.toLowerCase()));
  return { id: here?.id ?? null, old: oldId };
}
