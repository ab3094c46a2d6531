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
