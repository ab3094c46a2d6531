// Health and repairs as Kysely sees them.
import type { ColumnType, Generated } from 'kysely';

export type HealthState = 'unknown' | 'healthy' | 'degraded' | 'auth_failed' | 'quarantined';

/** Why a state is as it is. */
export interface HealthReason {
  readonly code: string;
  readonly detail: string;
}

/** Written as JSON text. */
type Json<T> = ColumnType<T, string | undefined, string>;
type Id = ColumnType<string | number, never, never>;

export interface InstanceHealthTable {
  readonly instance_id: string;
  readonly state: HealthState;
  readonly since: Date;
  readonly why: Json<HealthReason | null>;
  /** Null: as often as the host does it by default. */
  readonly every_ms: number | null;
  readonly next_check_at: Date;
  /** Grows with every check; only the check that was started last is recorded. */
  readonly epoch: number;
  /** A check is under way, until then at most. */
  readonly lease_until: Date | null;
  /** When the last check ended; before the first, when a run has shown that the credentials are accepted after all. */
  readonly checked_at: Date | null;
  readonly last_check: Json<Record<string, unknown> | null>;
  /** Failures in a row. */
  readonly failures: number;
  /** The last check failed, and not because of its credentials. */
  readonly failure: Json<HealthReason | null>;
  /** The vendor refused the credentials, and has not accepted any since. */
  readonly refusal: Json<HealthReason | null>;
  /** The plugin crashed again and again. */
  readonly quarantine: Json<HealthReason | null>;
  readonly quarantine_until: Date | null;
  /** Until then queries and reads of streams are refused, and no check comes by itself. */
  readonly held_until: Date | null;
  readonly held_code: string | null;
  /** As the last check that passed has said, or one before it where it could not find out. */
  readonly expires: Json<readonly { readonly what: string; readonly at: string; readonly by: 'plugin' | 'host' }[]>;
  readonly first_expiry: Date | null;
}

export interface HealthChangeTable {
  readonly id: Id;
  readonly instance_id: string;
  readonly at: ColumnType<Date, never, never>;
  readonly from_state: HealthState;
  readonly to_state: HealthState;
  readonly why: Json<HealthReason | null>;
}

/** Something that a person has to put right. At most one is open for a subject and a code. */
export interface RepairTable {
  readonly id: Id;
  /** What it is about: an instance, a stream, something that expires. */
  readonly subject: string;
  readonly code: string;
  readonly plugin: string;
  readonly instance_id: string | null;
  readonly stream: string | null;
  readonly detail: string;
  readonly fix: Json<{ readonly text: string; readonly method: string; readonly path: string }>;
  readonly opened_at: Generated<Date>;
  readonly closed_at: Date | null;
  readonly closed_why: string | null;
}
