import type { ColumnType } from 'kysely';

export interface ApiTokenTable {
  readonly id: string;
  readonly name: string;
  readonly role: string;
  /** SHA-256 of the token; the token itself is shown once and not kept. */
  readonly token_hash: Uint8Array;
  /** False: only those in `api_token_client`. */
  readonly all_clients: ColumnType<boolean, boolean | undefined, boolean>;
  /** Id of whoever made it; null for the host. */
  readonly created_by: ColumnType<string | null, string | null | undefined, never>;
  readonly created_at: ColumnType<Date, Date, never>;
  readonly expires_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  readonly revoked_at: ColumnType<Date | null, Date | null | undefined, Date | null>;
  readonly last_used_at: Date | null;
}

export interface ApiTokenClientTable {
  readonly token_id: string;
  readonly client_id: string;
}
