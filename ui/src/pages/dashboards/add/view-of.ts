// What somebody wants to know of synced rows, as a view: the rows themselves, or what they come to, group by group.
import type { Column, ManifestView, ViewBucket, ViewCondition, ViewMeasure } from '@jackfield/schemas';

export const MEASURES = ['count', 'countDistinct', 'sum', 'avg', 'median', 'min', 'max'] as const;
export type Measure = (typeof MEASURES)[number];
export const BUCKETS = ['hour', 'day', 'week', 'month'] as const;
export type Bucket = (typeof BUCKETS)[number];
export const OPS = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'null', 'notNull'] as const;
export type Op = (typeof OPS)[number];

export interface Condition {
  readonly column: string;
  readonly op: Op;
  readonly text: string;
}

export interface Wish {
  /** Null: the rows themselves. */
  readonly measure: Measure | null;
  /** Of the measure; nothing for a count. */
  readonly of: string | null;
  readonly by: string | null;
  /** Of a time. */
  readonly bucket: Bucket;
  /** Within each of the first group. */
  readonly within: string | null;
  /** Rows of all instances count together. */
  readonly isTogether: boolean;
  readonly where: readonly Condition[];
}

export const NOTHING: Wish = {
  measure: null,
  of: null,
  by: null,
  bucket: 'day',
  within: null,
  isTogether: false,
  where: [],
};

/** The longest list that a widget shows as rows. */
const ROWS = 1000;
const VALUE = 'value';
const BUCKET = 'bucket';

export interface Wanted {
  readonly view: ManifestView;
  readonly x?: string;
  readonly y?: readonly string[];
}

export function viewOf(wish: Wish, stream: string, columns: readonly Column[]): Wanted {
  const where = wish.where.map((condition) => conditionOf(condition, columns));
  const read = { stream, ...(where.length === 0 ? {} : { where }) };
  if (wish.measure === null) return { view: { ...read, limit: ROWS } };
  const first = groupOf(wish, columns);
  const groups = [first, wish.within].filter((group) => group !== null);
  const x = first === null ? undefined : typeof first === 'string' ? first : first.name;
  // The largest first, unless they are in the order of time.
  const order =
    typeof first === 'object' && first !== null ? { column: first.name } : { column: VALUE, descending: true };
  const view: ManifestView = {
    ...read,
    ...(wish.isTogether ? { per: 'all' } : {}),
    ...(groups.length === 0 ? {} : { groupBy: groups, orderBy: [order] }),
    measures: [measureOf(wish.measure, wish.of, columns)],
  };
  return { view, y: [VALUE], ...(x === undefined ? {} : { x }) };
}

/** How it is best shown, until somebody says otherwise. */
export function kindOf({ measure, by }: Wish, columns: readonly Column[]): string {
  if (measure === null) return 'table';
  if (by === null) return 'stat';
  return isTime(columns.find(({ name }) => name === by)) ? 'timeseries' : 'bar';
}

export function isTime(column: Column | undefined): boolean {
  return column?.type === 'date' || column?.type === 'datetime';
}

function groupOf({ by, bucket }: Wish, columns: readonly Column[]): string | ViewBucket | null {
  if (by === null) return null;
  const column = columns.find(({ name }) => name === by);
  if (!isTime(column)) return by;
  const name = columns.some((one) => one.name === BUCKET) ? `${BUCKET}_of_${by}`.slice(0, 60) : BUCKET;
  return { name, bucket, of: [by], label: labelOf(column) };
}

function measureOf(fn: Measure, of: string | null, columns: readonly Column[]): ViewMeasure {
  const column = columns.find(({ name }) => name === of);
  if (fn === 'count' || column === undefined) return { name: VALUE, fn: 'count', label: 'Count' };
  return { name: VALUE, fn, column: column.name, label: `${LABELS[fn]} ${labelOf(column)}`.slice(0, 80) };
}

export const LABELS: Readonly<Record<Measure, string>> = {
  count: 'How many',
  countDistinct: 'How many different',
  sum: 'Sum of',
  avg: 'Average of',
  median: 'Median of',
  min: 'Least',
  max: 'Most',
};

function conditionOf({ column, op, text }: Condition, columns: readonly Column[]): ViewCondition {
  if (op === 'null' || op === 'notNull') return { column, op };
  const type = columns.find(({ name }) => name === column)?.type;
  if (type === 'integer' || type === 'number') return { column, op, value: Number(text) };
  return { column, op, value: type === 'boolean' ? text === 'true' : text };
}

export function labelOf(column: Column | undefined): string {
  return column?.label ?? column?.name ?? '';
}
