// What a view comes to, worked out row by row in memory: nothing of the host's code is used here.
import type { Column, ManifestView, ViewBucket, ViewCondition, ViewMeasure } from '@jackfield/schemas';

export type Cell = string | number | boolean | null;
export type Cells = Readonly<Record<string, Cell>>;

export interface StoredRow {
  readonly instance: string;
  readonly client: string | null;
  readonly zone: string;
  readonly deleted: boolean;
  readonly cells: Cells;
}

export interface World {
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
  readonly rows: readonly StoredRow[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface Asked {
  readonly view: ManifestView;
  readonly per: 'instance' | 'client' | 'all' | 'one';
  /** By instance; one that is not there is not asked. */
  readonly params: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
}

/** A row, once for each time of a bucket that has many. */
interface Fact extends StoredRow {
  readonly kind: string | undefined;
  readonly buckets: Cells;
}

export function expectedRows(world: World, { view, per, params }: Asked): Record<string, Cell>[] {
  const { groupBy = [], measures = [], orderBy = [], where = [] } = view;
  const buckets = groupBy.filter((group) => typeof group === 'object');
  const facts = world.rows
    .filter(({ instance, deleted }) => params.has(instance) && isWanted(view.deleted, deleted))
    .flatMap((row) => factsOf(row, buckets))
    .filter((fact) => all(where, fact, world, params));
  const whose = (fact: Fact): [string, Cell][] =>
    per === 'instance' ? [['instance', fact.instance]] : per === 'client' ? [['client', fact.client]] : [];
  const isGrouped = groupBy.length > 0 || measures.length > 0;
  if (!isGrouped) {
    const rows = facts.map((fact) => ({ ...Object.fromEntries(whose(fact)), ...fact.cells }));
    return sorted(rows, [...orderBy, ...whoseKeys(per), ...world.primaryKey.map((column) => ({ column }))]);
  }
  const names = groupBy.map((group) => (typeof group === 'object' ? group.name : group));
  const keyOf = (fact: Fact): [string, Cell][] => [
    ...whose(fact),
    ...names.map((name): [string, Cell] => [name, cellOf(fact, name)]),
  ];
  const groups = Map.groupBy(facts, (fact) => JSON.stringify(keyOf(fact)));
  if (whoseKeys(per).length === 0 && names.length === 0 && groups.size === 0) groups.set('[]', []);
  const rows = [...groups].map(([key, members]): Record<string, Cell> => ({
    ...(Object.fromEntries(JSON.parse(key)) as Cells),
    ...Object.fromEntries(measures.map((measure) => [measure.name, measured(measure, members, world, params)])),
  }));
  return sorted(rows, [...orderBy, ...whoseKeys(per), ...names.map((column) => ({ column }))]);
}

function whoseKeys(per: Asked['per']): { readonly column: string }[] {
  return per === 'instance' || per === 'client' ? [{ column: per }] : [];
}

function isWanted(which: ManifestView['deleted'], deleted: boolean): boolean {
  return which === 'with' || deleted === (which === 'only');
}

function factsOf(row: StoredRow, buckets: readonly ViewBucket[]): Fact[] {
  const many = buckets.find(({ of }) => of.length > 1);
  return (many?.of ?? [undefined]).flatMap((kind) => {
    const named = buckets.map((bucket): [string, Cell] => {
      const time = row.cells[bucket === many ? (kind ?? '') : (bucket.of[0] ?? '')] ?? null;
      return [bucket.name, time === null ? null : bucketOf(String(time), bucket.bucket, row.zone)];
    });
    return named.some(([, value]) => value === null) ? [] : [{ ...row, kind, buckets: Object.fromEntries(named) }];
  });
}

function bucketOf(time: string, bucket: ViewBucket['bucket'], zone: string): string {
  if (bucket === 'hour') {
    const { minute, second, millisecond } = Temporal.Instant.from(time).toZonedDateTimeISO(zone);
    const past = (minute * 60 + second) * 1000 + millisecond;
    return new Date(Date.parse(time) - past).toISOString();
  }
  const day =
    time.length === 10
      ? Temporal.PlainDate.from(time)
      : Temporal.Instant.from(time).toZonedDateTimeISO(zone).toPlainDate();
  if (bucket === 'week') return day.subtract({ days: day.dayOfWeek - 1 }).toString();
  return (bucket === 'month' ? day.with({ day: 1 }) : day).toString();
}

function cellOf(fact: Fact, name: string): Cell {
  return fact.buckets[name] ?? fact.cells[name] ?? null;
}

function all(conditions: readonly ViewCondition[], fact: Fact, world: World, params: Asked['params']): boolean {
  return conditions.every((condition) => holds(condition, fact, world, params.get(fact.instance) ?? {}));
}

function holds(
  { column, op, value, param, agoMs, ago }: ViewCondition,
  fact: Fact,
  { columns, now }: World,
  params: Readonly<Record<string, unknown>>,
): boolean {
  const cell = cellOf(fact, column);
  if (op === 'null') return cell === null;
  if (op === 'notNull') return cell !== null;
  const isDay = typeOf(column, fact, columns) === 'date';
  const units = ago === undefined ? undefined : params[ago.param];
  const span = agoMs ?? (ago === undefined || units === undefined ? undefined : Number(units) * ago.unitMs);
  const operand = ago !== undefined || agoMs !== undefined ? span : param === undefined ? value : params[param];
  if (operand === undefined) return true;
  if (Array.isArray(operand))
    return cell !== null && operand.some((item) => order(cell, item as Cell, column, fact, columns) === 0);
  const other = span === undefined ? (operand as Cell) : momentOf(span, isDay, now, fact.zone);
  if (op === 'ne') return cell === null || order(cell, other, column, fact, columns) !== 0;
  if (cell === null) return false;
  const sign = order(cell, other, column, fact, columns);
  return { eq: sign === 0, lt: sign < 0, lte: sign <= 0, gt: sign > 0, gte: sign >= 0, in: false }[op];
}

function momentOf(span: number, isDay: boolean, now: number, zone: string): string | number {
  if (!isDay) return now - span;
  const wall = Temporal.Instant.fromEpochMilliseconds(Math.floor(now)).toZonedDateTimeISO(zone).toPlainDateTime();
  return wall.subtract({ milliseconds: span }).toPlainDate().toString();
}

function typeOf(name: string, fact: Fact, columns: readonly Column[]): Column['type'] {
  const bucket = fact.buckets[name];
  if (bucket !== undefined) return String(bucket).length === 10 ? 'date' : 'datetime';
  return columns.find((column) => column.name === name)?.type ?? 'string';
}

/** Below 0, 0 or above. Moments may be numbers already. */
function order(a: Cell, b: Cell, name: string, fact: Fact, columns: readonly Column[]): number {
  if (typeOf(name, fact, columns) !== 'datetime') return compare(a, b);
  const millis = (cell: Cell): number => (typeof cell === 'number' ? cell : Date.parse(String(cell)));
  return millis(a) - millis(b);
}

function compare(a: Cell, b: Cell): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Number(a) - Number(b);
}

function measured(measure: ViewMeasure, facts: readonly Fact[], world: World, params: Asked['params']): Cell {
  const { fn, at, column, since, where = [] } = measure;
  const counted = facts.filter(({ kind }) => at === undefined || kind === at);
  const chosen = counted.filter((fact) => all(where, fact, world, params));
  if (fn === 'percent') return counted.length === 0 ? null : (100 * chosen.length) / counted.length;
  const values = chosen.map((fact) =>
    since === undefined ? (fact.cells[column ?? ''] ?? null) : span(measure, fact, world),
  );
  const known = values.filter((value) => value !== null);
  if (fn === 'count') return column === undefined ? chosen.length : known.length;
  if (fn === 'countDistinct') return new Set(known).size;
  if (known.length === 0) return null;
  if (fn === 'min' || fn === 'max') {
    const ordered = known.toSorted(compare);
    return (fn === 'min' ? ordered[0] : ordered.at(-1)) ?? null;
  }
  const numbers = known.map(Number).sort((a, b) => a - b);
  if (fn === 'median') {
    const middle = (numbers.length - 1) / 2;
    return ((numbers[Math.floor(middle)] ?? 0) + (numbers[Math.ceil(middle)] ?? 0)) / 2;
  }
  const sum = numbers.reduce((total, number) => total + number, 0);
  return fn === 'sum' ? sum : sum / numbers.length;
}

function span({ since = '', column, unit = 's' }: ViewMeasure, { cells }: Fact, { now }: World): number | null {
  const [from, to] = [cells[since] ?? null, column === undefined ? now : (cells[column] ?? null)];
  if (from === null || to === null) return null;
  const millis = (typeof to === 'number' ? to : Date.parse(String(to))) - Date.parse(String(from));
  return millis / 1000 / { s: 1, min: 60, h: 3600, d: 86_400 }[unit];
}

function sorted<T extends Record<string, Cell>>(
  rows: readonly T[],
  keys: readonly { readonly column: string; readonly descending?: boolean }[],
): T[] {
  return rows.toSorted((a, b) => {
    for (const { column, descending } of keys) {
      const [x, y] = [a[column] ?? null, b[column] ?? null];
      if (x === y) continue;
      if (x === null || y === null) return x === null ? 1 : -1;
      const sign = compare(x, y);
      if (sign !== 0) return descending ? -sign : sign;
    }
    return 0;
  });
}
