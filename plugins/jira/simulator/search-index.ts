// Searches do not read the database but an index, which lags behind it.
import type { Site } from './site.ts';
import type { SimIssue } from './world.ts';

/** How long a change stays unknown to searches under the fault `index-lag`. */
export const INDEX_LAG_MS = 60_000;
/** Smaller sites are sorted anew for each search, so tests may write into their issues as they like. */
const CACHE_FROM = 5000;

interface Lagging {
  readonly until: number;
  /** What searches see of it; null when nothing. */
  readonly shown: SimIssue | null;
}

export interface SearchIndex {
  readonly lagging: Map<string, Lagging>;
  /** Orders of the whole site by the text of ORDER BY, good until the next change. */
  readonly orders: Map<string, readonly SimIssue[]>;
  /** Keys of before a move, and the ids they lead to. */
  readonly formerKeys: Map<string, string>;
  searches: number;
}

export function createSearchIndex(): SearchIndex {
  return { lagging: new Map(), orders: new Map(), formerKeys: new Map(), searches: 0 };
}

/** To be called before an issue changes: a changed or new one is missing from searches for a while, a deleted one still there. */
export function noteChange(site: Site, id: string, shown: SimIssue | null): void {
  const { orders, lagging } = site.index;
  orders.clear();
  if (!site.faults.has('index-lag')) return;
  const before = lagging.get(id);
  lagging.set(id, { until: site.now() + INDEX_LAG_MS, shown: before ? before.shown : shown });
}

/** What a search looks through. `fresh` are ids that the caller asked to be up to date. */
export function searchable(site: Site, fresh: ReadonlySet<string> = new Set()): readonly SimIssue[] {
  const late = [...site.index.lagging].filter(([id]) => !fresh.has(id));
  const ids = new Set(late.map(([id]) => id));
  const shown = late.flatMap(([, { shown }]) => shown ?? []);
  return [...site.issues.filter(({ id }) => !ids.has(id)), ...shown].filter(({ project }) => project.state === 'live');
}

/** `searchable` in an order that is worked out once. */
export function inOrder(
  site: Site,
  order: string,
  fresh: ReadonlySet<string>,
  compare: (a: SimIssue, b: SimIssue) => number,
): readonly SimIssue[] {
  const { lagging, orders } = site.index;
  for (const [id, { until }] of lagging) {
    if (until > site.now()) continue;
    lagging.delete(id);
    orders.clear();
  }
  if (site.issues.length < CACHE_FROM || fresh.size > 0) return searchable(site, fresh).toSorted(compare);
  const sorted = orders.get(order) ?? searchable(site).toSorted(compare);
  orders.set(order, sorted);
  return sorted;
}
