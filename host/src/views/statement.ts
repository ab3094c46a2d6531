// A view of synced rows as one SELECT, whatever the number of instances: names come from the stream's declaration, values go as
// parameters. The view has passed the rules of the schemas.
import {
  isGrouped,
  perColumn,
  type Column,
  type ManifestView,
  viewColumns,
  type ViewCondition,
} from '@jackfield/schemas';
import { type RawBuilder, sql } from 'kysely';
import type { TableShape } from '../sync/index.ts';
import { type Output, shown, sortable } from './cell.ts';
import { allOf, type Params } from './condition.ts';
import { measureValue } from './measure.ts';
import { columnReference, type Reach, reachOf } from './reach.ts';
import { inScope, type InstanceScope } from './scope.ts';

/** What a row is of: an instance, a client, all of them together; `one` where there is only one instance to be of. */
export type Per = NonNullable<ManifestView['per']> | 'one';

/** Instances that are asked with the same params: those of different clients may have different ones. */
export interface Group {
  readonly scope: InstanceScope;
  readonly params: Params;
}

export interface Statement {
  readonly columns: readonly Column[];
  /** Rows with a member more, {@link SYNCED}. */
  readonly select: RawBuilder<Record<string, unknown>>;
}

/** When the row, or the newest of its group, was written. No declared column starts with an underscore. */
export const SYNCED = '_synced';

/**
 * `limit` is the number of rows that are fetched.
 * @throws Problem `params_invalid` for the value of a param that its column cannot be compared with.
 */
export function compileView(
  view: ManifestView,
  shape: TableShape,
  { groups, per, limit }: { readonly groups: readonly Group[]; readonly per: Per; readonly limit: number },
): Statement {
  const reach = reachOf(view, shape);
  const { groupBy = [], measures = [], orderBy = [] } = view;
  const grouped = isGrouped(view);
  const whose = whoseOutput(per);
  const keys = [
    ...whose,
    ...groupBy.flatMap((group) => reach.outputs.get(typeof group === 'string' ? group : group.name) ?? []),
  ];
  const declared = viewColumns(view, shape.columns);
  const measured = measures.flatMap((measure, index): Output[] => {
    const column = declared[groupBy.length + index];
    const holds = forEach(groups, measure.where, reach);
    return column === undefined ? [] : [{ column, value: measureValue(measure, reach, holds) }];
  });
  const rows = shape.columns.flatMap(({ name }) => reach.outputs.get(name) ?? []);
  const outputs = grouped ? [...keys, ...measured] : [...whose, ...rows];
  // What rows are of may be another choice than the one whose column the order names.
  const order = orderBy.flatMap(({ column: name, descending }) => {
    const output = outputs.find(({ column }) => column.name === name);
    return output === undefined ? [] : [sql`${sortable(output)} ${sql.raw(descending ? 'desc' : 'asc')} nulls last`];
  });
  // Without an order, and among equals, rows come in the order of their key: the same on every call.
  const rest = grouped ? keys.map(sortable) : [...whose.map(sortable), ...shape.primaryKey.map(columnReference)];
  const sorted = [...order, ...rest];
  const written: Output = {
    column: { name: SYNCED, type: 'datetime' },
    value: grouped ? sql`max(_rows.synced_at)` : sql`_rows.synced_at`,
  };
  const conditions = [
    sql`(${sql.join(
      groups.map(({ scope }) => inScope(scope)),
      sql` or `,
    )})`,
    ...deletedCondition(view),
    ...reach.always,
    ...forEach(groups, view.where, reach),
  ];
  const select = sql<Record<string, unknown>>`
    select ${sql.join([...outputs, written].map((output) => sql`${shown(output)} as ${sql.id(output.column.name)}`))}
    from ${reach.from}
    where ${sql.join(conditions, sql` and `)}
    ${grouped && keys.length > 0 ? sql`group by ${sql.join(keys.map(({ value }) => value))}` : sql``}
    ${sorted.length > 0 ? sql`order by ${sql.join(sorted)}` : sql``}
    limit ${limit}`;
  return { columns: outputs.map(({ column }) => column), select };
}

function whoseOutput(per: Per): Output[] {
  const column = per === 'one' ? undefined : perColumn({ per });
  if (column === undefined) return [];
  return [{ column, value: per === 'client' ? sql`_instance.client_id` : columnReference('instance_id') }];
}

function deletedCondition({ deleted }: ManifestView): RawBuilder<unknown>[] {
  if (deleted === 'with') return [];
  return [deleted === 'only' ? sql`_rows.deleted_at is not null` : sql`_rows.deleted_at is null`];
}

/** The conditions, for each row with the params of its own instance. */
function forEach(
  groups: readonly Group[],
  conditions: readonly ViewCondition[] | undefined,
  reach: Reach,
): RawBuilder<unknown>[] {
  const [first, ...others] = groups;
  if (first === undefined || (conditions ?? []).length === 0) return [];
  if (others.length === 0) return allOf(conditions, reach, first.params);
  const cases = groups.map(({ scope, params }) => {
    const holds = allOf(conditions, reach, params);
    return sql`when ${inScope(scope)} then ${holds.length === 0 ? sql`true` : sql.join(holds, sql` and `)}`;
  });
  return [sql`(case ${sql.join(cases, sql` `)} else false end)`];
}
