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

export interface AppUserTable {
  readonly id: string;
  /** In lower case. */
  readonly login: string;
  readonly name: string;
  readonly role: string;
  /** False: only those in `app_user_client`. */
  readonly all_clients: boolean;
  readonly enabled: boolean;
  /** Null: signs in elsewhere. */
  readonly password_hash: string | null;
  /** Who they are at the provider that they sign in with. */
  readonly issuer: string | null;
  readonly subject: string | null;
  readonly created_at: ColumnType<Date, never, never>;
  readonly updated_at: ColumnType<Date, never, Date>;
  readonly signed_in_at: Date | null;
}

export interface AppUserClientTable {
  readonly user_id: string;
  readonly client_id: string;
}

export interface SessionTable {
  readonly id: string;
  /** SHA-256 of what the cookie holds. */
  readonly token_hash: Uint8Array;
  readonly user_id: string;
  /** Where it was begun, and with what. */
  readonly address: string | null;
  readonly agent: string | null;
  readonly created_at: ColumnType<Date, never, never>;
  readonly seen_at: ColumnType<Date, never, Date>;
  readonly expires_at: ColumnType<Date, Date, never>;
}

/** Tries to sign in that have not been followed by one that was right. */
export interface SignInTryTable {
  /** An account or an address. */
  readonly subject: string;
  readonly tries: number;
  readonly last_at: Date;
  readonly locked_until: Date | null;
}

/** Signs what forms have to show. Of no use without the cookie of a session. */
export interface CsrfKeyTable {
  readonly single: boolean;
  readonly key: string;
}

export interface SetupLinkTable {
  readonly token_hash: Uint8Array;
  readonly expires_at: ColumnType<Date, Date, never>;
}

export interface EmbedTokenTable {
  readonly id: string;
  readonly token_hash: Uint8Array;
  /** Of the pages that may show it. */
  readonly origin: string;
  /** False: only those in `embed_token_client`. */
  readonly all_clients: boolean;
  /** Id of the user or token that made it: it is good for as long as they are. */
  readonly created_by: string;
  readonly created_at: ColumnType<Date, never, never>;
  readonly expires_at: ColumnType<Date, Date, never>;
}

export interface EmbedTokenClientTable {
  readonly token_id: string;
  readonly client_id: string;
}

export interface EmbedTokenWidgetTable {
  readonly token_id: string;
  readonly widget_id: string;
}
