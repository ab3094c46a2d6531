// Whose rows may be read. A statement over synced rows cannot be built without a scope, and a scope is made in one place only: where
// it is known which instances the caller may see.
import { type RawBuilder, sql } from 'kysely';

declare const made: unique symbol;

/** Instances whose rows are read: these and no others. */
export interface InstanceScope {
  readonly ids: readonly string[];
  readonly [made]: true;
}

/** Call it with instances that the caller may see. */
export function scopeOf(ids: Iterable<string>): InstanceScope {
  return { ids: [...new Set(ids)] } as unknown as InstanceScope;
}

/** The rows of these instances; none of none. */
export function inScope({ ids }: InstanceScope): RawBuilder<boolean> {
  if (ids.length === 0) return sql<boolean>`false`;
  return sql<boolean>`_rows.instance_id in (${sql.join(ids.map((id) => sql`${id}::text`))})`;
}
