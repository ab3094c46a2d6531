// What a view can name: the columns of its stream and its buckets, and the tables that they come from.
import { bucketColumn, bucketsOf, type Column, type ManifestView, type ViewBucket } from '@jackfield/schemas';
import { type RawBuilder, sql } from 'kysely';
import { tableOf, type TableShape } from '../sync/index.ts';
import type { Output } from './cell.ts';

/** A day is a day in the time zone of the instance's client. */
export const ZONE: RawBuilder<string> = sql<string>`coalesce(_client.time_zone, 'UTC')`;

/** With the table in front: else ORDER BY takes the name for the column of the answer, which is text where this is a time. */
export function columnReference(name: string): RawBuilder<unknown> {
  return sql.id('_rows', name);
}

export interface Reach {
  /** By name. */
  readonly outputs: ReadonlyMap<string, Output>;
  readonly from: RawBuilder<unknown>;
  /** What holds for every row that is looked at: it has the times of the buckets. */
  readonly always: readonly RawBuilder<unknown>[];
}

export function reachOf(view: ManifestView, shape: TableShape): Reach {
  const buckets = bucketsOf(view);
  const outputs = [
    ...shape.columns.map((column) => ({ column, value: columnReference(column.name) })),
    ...buckets.map((bucket) => ({ column: bucketColumn(bucket), value: bucketValue(bucket, shape.columns) })),
  ];
  const many = buckets.find(({ of }) => of.length > 1);
  const events = many?.of.map((name) => sql`(${name}::text, ${columnReference(name)})`);
  return {
    outputs: new Map(outputs.map((output) => [output.column.name, output])),
    // The join multiplies nothing: both are looked up by their keys.
    from: sql`${tableOf(shape)} as _rows
      left join instance as _instance on _instance.id = _rows.instance_id
      left join client as _client on _client.id = _instance.client_id
      ${events === undefined ? sql`` : sql`cross join lateral (values ${sql.join(events)}) as _event (kind, at)`}`,
    always: buckets.map((bucket) => sql`${timeOf(bucket)} is not null`),
  };
}

function timeOf({ of }: ViewBucket): RawBuilder<unknown> {
  const [only = ''] = of;
  return of.length > 1 ? sql`_event.at` : columnReference(only);
}

const UNITS = { hour: "'hour'", day: "'day'", week: "'week'", month: "'month'" } as const;

function bucketValue(bucket: ViewBucket, columns: readonly Column[]): RawBuilder<unknown> {
  const time = timeOf(bucket);
  const unit = sql.raw(UNITS[bucket.bucket]);
  // With its zone it keeps the two hours apart that a clock shows twice when summer ends.
  if (bucket.bucket === 'hour') return sql`date_trunc(${unit}, ${time}, ${ZONE})`;
  const isDate = columns.find(({ name }) => name === bucket.of[0])?.type === 'date';
  const local = isDate ? sql`${time}::timestamp` : sql`(${time} at time zone ${ZONE})`;
  return sql`date_trunc(${unit}, ${local})::date`;
}
