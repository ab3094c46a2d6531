import type { ManifestView } from '@jackfield/schemas';
import type { ColumnType } from 'kysely';

export interface DashboardTable {
  readonly id: string;
  readonly title: string;
  readonly description: string | null;
  readonly client_id: string | null;
  readonly time_range_days: number | null;
  readonly refresh_ms: number | null;
  /** Raised by every change of the dashboard itself and of its layout. */
  readonly revision: number;
  readonly created_at: ColumnType<Date, Date, never>;
  readonly updated_at: Date;
}

/** JSON is written as text, which both drivers take as it is. */
type Json<T> = ColumnType<T, string, string>;

export interface WidgetTable {
  readonly id: string;
  readonly dashboard_id: string | null;
  /** Null here and below: what the template says. */
  readonly title: string | null;
  readonly plugin: string;
  /** One of these three is set. */
  readonly template: string | null;
  readonly query: string | null;
  readonly view: ColumnType<ManifestView | null, string | null, string | null>;
  readonly kind: string | null;
  readonly params: Json<Record<string, unknown>>;
  /** All of the plugin, those of a client, or these. */
  readonly instances: Json<'all' | { readonly clientId: string } | readonly string[]>;
  readonly columns: ColumnType<string[] | null, string | null, string | null>;
  readonly x: string | null;
  readonly y: ColumnType<string[] | null, string | null, string | null>;
  readonly refresh_ms: number | null;
  /** Role of whoever has last said what it asks. */
  readonly runs_as: string;
  readonly grid_x: number;
  readonly grid_y: number;
  readonly grid_w: number;
  readonly grid_h: number;
  readonly revision: number;
  readonly created_at: ColumnType<Date, Date, never>;
  readonly updated_at: Date;
}
