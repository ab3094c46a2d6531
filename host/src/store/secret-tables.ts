import type { ColumnType } from 'kysely';

export interface InstanceSecretTable {
  readonly instance_id: string;
  readonly field: string;
  /** Id of the data key that sealed it; of a master key where an older host did. */
  readonly key_id: string;
  readonly ciphertext: string;
  /** Where the secret is, when it is not kept here: the ciphertext says the same. */
  readonly reference: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface DataKeyTable {
  readonly id: string;
  /** Null: of the instances without a client. Not a foreign key: a destroyed key outlives its client. */
  readonly client_id: string | null;
  /** `old`: until nothing is sealed with it any more. `lost`: its master key is. */
  readonly state: 'current' | 'old' | 'lost' | 'destroyed';
  readonly master_key_id: string;
  /** Sealed with the master key; null when it was destroyed. */
  readonly wrapped: string | null;
  readonly created_at: ColumnType<Date, never, never>;
  readonly destroyed_at: ColumnType<Date | null, never, Date>;
}

export interface KeyRotationTable {
  readonly id: string;
  readonly state: 'running' | 'done';
  /** Every client gets a new data key. */
  readonly data_keys: boolean;
  /** The master key that seals the data keys at the end; null: they stay as they are. */
  readonly master_key_id: string | null;
  /** Secrets to seal again, and data keys. */
  readonly total: number;
  readonly done: ColumnType<number, never, number>;
  /** Secrets that could not be opened; they stay as they are. */
  readonly failed: ColumnType<number, never, number>;
  /** The last instance whose secrets are done. */
  readonly after_instance: ColumnType<string, never, string>;
  /** Who works on it, until `lease_until`. */
  readonly host: ColumnType<string | null, never, string | null>;
  readonly lease_until: ColumnType<Date | null, never, Date | null>;
  readonly started_at: ColumnType<Date, never, never>;
  readonly ended_at: ColumnType<Date | null, never, Date>;
}
