import type { ColumnType } from 'kysely';

export interface AuditEntryTable {
  /** Without gaps. A driver may give text. */
  readonly seq: ColumnType<string | number, number, never>;
  readonly at: ColumnType<Date, Date, never>;
  readonly actor_kind: 'token' | 'user' | 'embed' | 'host' | 'nobody';
  readonly actor_id: string | null;
  readonly address: string | null;
  readonly request_id: string | null;
  readonly action: string;
  readonly entity_kind: string;
  readonly entity_id: string;
  readonly instance_id: string | null;
  /** JSON text, without secrets. */
  readonly before: string | null;
  readonly after: string | null;
  readonly previous_hash: Uint8Array;
  readonly hash: Uint8Array;
}

export interface AuditHeadTable {
  readonly single: boolean;
  readonly seq: ColumnType<string | number, number, number>;
  readonly hash: Uint8Array;
}
