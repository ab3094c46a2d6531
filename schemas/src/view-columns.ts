// What a view answers with, worked out from its stream's columns: for the builder, which writes it into the manifest, for the rules,
// which hold the manifest to it, and for the host.
import type { Column, ManifestView, ViewBucket, ViewMeasure } from './generated.ts';

/** Whether rows are counted together, instead of shown one by one. */
export function isGrouped({ groupBy = [], measures = [] }: ManifestView): boolean {
  return groupBy.length > 0 || measures.length > 0;
}

export function bucketsOf({ groupBy = [] }: ManifestView): ViewBucket[] {
  return groupBy.filter((group) => typeof group === 'object');
}

/** The column of a bucket: days, weeks and months are dates. */
export function bucketColumn({ name, bucket, label }: ViewBucket): Column {
  return { name, type: bucket === 'hour' ? 'datetime' : 'date', ...(label === undefined ? {} : { label }) };
}

/** What conditions may name: the stream's columns, and the buckets. */
export function comparedColumns(view: ManifestView, columns: readonly Column[]): Column[] {
  return [...columns, ...bucketsOf(view).map(bucketColumn)];
}

/** The column that says what a row is of, over many instances. */
export function perColumn({ per = 'instance' }: Pick<ManifestView, 'per'>): Column | undefined {
  switch (per) {
    case 'instance':
      return { name: 'instance', type: 'string', label: 'Instance' };
    case 'client':
      return { name: 'client', type: 'string', label: 'Client' };
    case 'all':
      return undefined;
  }
}

/** Columns of the answer of one instance. What names no column is left out: the rules say so. */
export function viewColumns(view: ManifestView, columns: readonly Column[]): Column[] {
  if (!isGrouped(view)) return [...columns];
  const named = (name: string | undefined): Column | undefined => columns.find((column) => column.name === name);
  const { groupBy = [], measures = [] } = view;
  return [
    ...groupBy.flatMap((group) => (typeof group === 'string' ? (named(group) ?? []) : [bucketColumn(group)])),
    ...measures.map((measure) => measureColumn(measure, named(measure.column))),
  ];
}

function measureColumn(measure: ViewMeasure, of: Column | undefined): Column {
  const { name, fn, label, since, unit: timeUnit = 's' } = measure;
  const heading = label === undefined ? {} : { label };
  if (fn === 'percent') return { name, type: 'number', unit: '%', ...heading };
  if (fn === 'count' || fn === 'countDistinct') return { name, type: 'integer', ...heading };
  if (since !== undefined) return { name, type: 'number', unit: timeUnit, ...heading };
  const unit = of?.unit === undefined ? {} : { unit: of.unit };
  return { name, type: fn === 'avg' || fn === 'median' || of === undefined ? 'number' : of.type, ...unit, ...heading };
}
