// The rules of a view: whatever holds to them can be compiled into a statement that the database takes.
import type { Finding } from './finding.ts';
import type { Column, ManifestView, ObjectSchema, ViewBucket, ViewMeasure } from './generated.ts';
import { isUnsafeName } from './unsafe-names.ts';
import { bucketsOf, comparedColumns, isGrouped, perColumn, viewColumns } from './view-columns.ts';
import { conditionsFindings, type Named, numberFault, withParam } from './view-condition-rules.ts';

/**
 * Faults of a view; pointers start with `at`.
 * @param columns of its stream
 * @param params of its query; a view that stands alone takes none
 */
export function viewFindings(
  view: ManifestView,
  columns: readonly Column[],
  params?: ObjectSchema,
  at = '',
): Finding[] {
  const named: Named = { columns: comparedColumns(view, columns), params };
  const { limit } = view;
  const limited = typeof limit === 'object' ? withParam(params, limit.param, numberFault) : undefined;
  return [
    ...perFindings(view, at),
    ...groupFindings(view, columns, `${at}/groupBy`),
    ...(view.measures ?? []).flatMap((measure, index) =>
      measureFindings(measure, view, columns, named, `${at}/measures/${index}`),
    ),
    ...nameFindings(view, columns, at),
    ...conditionsFindings(view.where, named, `${at}/where`),
    ...orderFindings(view, columns, `${at}/orderBy`),
    ...(limited === undefined ? [] : [{ pointer: `${at}/limit/param`, message: limited }]),
  ];
}

/** Rows of many instances must say whose they are, unless they are counted. */
function perFindings(view: ManifestView, at: string): Finding[] {
  if (isGrouped(view) || (view.per ?? 'instance') === 'instance') return [];
  return [{ pointer: `${at}/per`, message: `must be "instance" where rows are not grouped (got "${view.per}")` }];
}

function groupFindings(view: ManifestView, columns: readonly Column[], at: string): Finding[] {
  const many = bucketsOf(view).filter(({ of }) => of.length > 1);
  return (view.groupBy ?? []).flatMap((group, index): Finding[] => {
    const pointer = `${at}/${index}`;
    if (typeof group === 'object') {
      if (many.length > 1 && group === many[1]) return [{ pointer, message: 'only one bucket may have many columns' }];
      return bucketFindings(group, columns, pointer);
    }
    if (columns.some(({ name }) => name === group)) return [];
    return [{ pointer, message: `names no column (got ${JSON.stringify(group)})` }];
  });
}

function bucketFindings({ name, bucket, of }: ViewBucket, columns: readonly Column[], at: string): Finding[] {
  const found = of.flatMap((part, index): Finding[] => {
    const pointer = `${at}/of/${index}`;
    const type = columns.find((column) => column.name === part)?.type;
    if (type === undefined) return [{ pointer, message: `names no column (got ${JSON.stringify(part)})` }];
    if (type === 'datetime' || (type === 'date' && bucket !== 'hour' && of.length === 1)) return [];
    return [{ pointer, message: type === 'date' ? 'is a date, and this takes times' : 'is no date or time' }];
  });
  const isTaken = columns.some((column) => column.name === name);
  return isTaken
    ? [...found, { pointer: `${at}/name`, message: `is the name of a column of the stream (got "${name}")` }]
    : found;
}

/** A row has each name once. */
function nameFindings(view: ManifestView, columns: readonly Column[], at: string): Finding[] {
  if (!isGrouped(view)) {
    const per = perColumn(view)?.name;
    const index = columns.findIndex(({ name }) => name === per);
    return index === -1 ? [] : [{ pointer: at, message: `has more than one column "${per}"` }];
  }
  const { groupBy = [], measures = [] } = view;
  // Both stay free: the same view is asked per instance, and per client.
  const seen = new Set(['instance', 'client']);
  const places = [
    ...groupBy.map((group, index) =>
      typeof group === 'string'
        ? ([group, `${at}/groupBy/${index}`] as const)
        : ([group.name, `${at}/groupBy/${index}/name`] as const),
    ),
    ...measures.map(({ name }, index) => [name, `${at}/measures/${index}/name`] as const),
  ];
  return places.flatMap(([name, pointer]) => {
    if (isUnsafeName(name)) return [{ pointer, message: `${name} is not allowed as a name` }];
    if (seen.has(name)) return [{ pointer, message: `is the name of another column of the answer (got "${name}")` }];
    seen.add(name);
    return [];
  });
}

function measureFindings(
  measure: ViewMeasure,
  view: ManifestView,
  columns: readonly Column[],
  named: Named,
  at: string,
): Finding[] {
  const { column, since, at: event } = measure;
  const missing = (['column', 'since'] as const).flatMap((member): Finding[] => {
    const name = measure[member];
    if (name === undefined || columns.some((found) => found.name === name)) return [];
    return [{ pointer: `${at}/${member}`, message: `names no column (got ${JSON.stringify(name)})` }];
  });
  const typeOf = (name: string | undefined): Column['type'] | undefined =>
    columns.find((found) => found.name === name)?.type;
  const fault = missing.length > 0 ? undefined : functionFault(measure, typeOf(column), typeOf(since), at);
  const many = bucketsOf(view).find(({ of }) => of.length > 1);
  return [
    ...missing,
    ...(fault === undefined ? [] : [fault]),
    ...(event === undefined || many?.of.includes(event)
      ? []
      : [{ pointer: `${at}/at`, message: `names no column of a bucket that has many (got ${JSON.stringify(event)})` }]),
    ...conditionsFindings(measure.where, named, `${at}/where`),
  ];
}

type Type = Column['type'] | undefined;

function functionFault(
  { fn, column, since, unit, where }: ViewMeasure,
  type: Type,
  from: Type,
  at: string,
): Finding | undefined {
  const about = (member: string, message: string): Finding => ({ pointer: `${at}/${member}`, message });
  if (since === undefined && unit !== undefined) return about('unit', 'belongs to since');
  if (since !== undefined) {
    if (fn === 'count' || fn === 'countDistinct' || fn === 'percent') return about('since', `is of no use to ${fn}`);
    if (from !== 'datetime') return about('since', 'names a column that is no time');
    return column === undefined || type === 'datetime' ? undefined : about('column', 'names a column that is no time');
  }
  switch (fn) {
    case 'count':
      return undefined;
    case 'percent':
      if (column !== undefined) return about('column', 'is of no use to percent');
      return (where ?? []).length > 0 ? undefined : about('where', 'is required for percent');
    case 'countDistinct':
      return column === undefined ? about('column', `is required for ${fn}`) : undefined;
    case 'sum':
    case 'avg':
    case 'median':
      if (column === undefined) return about('column', `is required for ${fn}`);
      return type === 'integer' || type === 'number' ? undefined : about('column', `${fn} needs a column of numbers`);
    case 'min':
    case 'max':
      if (column === undefined) return about('column', `is required for ${fn}`);
      return type === 'boolean' || type === 'json'
        ? about('column', `${fn} needs a column that has an order`)
        : undefined;
  }
}

function orderFindings(view: ManifestView, columns: readonly Column[], at: string): Finding[] {
  const known = new Set([perColumn(view)?.name, ...viewColumns(view, columns).map(({ name }) => name)]);
  return (view.orderBy ?? []).flatMap(({ column }, index) =>
    known.has(column)
      ? []
      : [{ pointer: `${at}/${index}`, message: `names no column of the answer (got ${JSON.stringify(column)})` }],
  );
}
