// What has changed, as the database says it (see the migration of its triggers) and as clients hear it.

export const EVENT_TYPES = [
  'sync',
  'rows',
  'health',
  'instance',
  'repair',
  'widget',
  'dashboard',
  'client',
  'plugin',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** A hint to look again, not the news itself: who may see it asks for what it is about. */
export interface LiveEvent {
  /** In the order in which all hosts heard of it. */
  readonly id: string;
  /**
   * sync: a run of a stream has ended; `change` is its state, `rows` how many have changed. rows: a webhook has changed rows. health: the
   * state of an instance, in `change`. repair: `opened` or `closed`. plugin: `active` or `inactive` on a host, or the state of a change of
   * it: `planned`, `running`, `done`, `refused`, `failed`, `abandoned`. The others: `created`,
   * `changed`, `deleted`, and for a widget that only its place is another, `moved`.
   */
  readonly type: EventType;
  readonly change: string;
  /** Whose it is; null: nobody's. */
  readonly client: string | null;
  readonly plugin?: string;
  readonly instance?: string;
  readonly stream?: string;
  readonly widget?: string;
  readonly dashboard?: string;
  readonly rows?: number;
}

/**
 * What hosts tell each other beside: a place in the order that all know, that somebody may do more, less or nothing now, and that other
 * plugins are wanted.
 */
export type Notice =
  | LiveEvent
  | { readonly id: string; readonly type: 'mark' }
  | { readonly id: string; readonly type: 'access'; readonly principal: string }
  | { readonly id: string; readonly type: 'plugins' };

export const CHANNEL = 'jackfield_live';

const TYPES: ReadonlySet<string> = new Set([...EVENT_TYPES, 'mark', 'access', 'plugins']);

/** Undefined for what a later version tells, and this one does not know. */
export function parseNotice(payload: string): Notice | undefined {
  const { id, type } = JSON.parse(payload) as { readonly id?: unknown; readonly type?: unknown };
  return typeof id === 'string' && TYPES.has(String(type)) ? (JSON.parse(payload) as Notice) : undefined;
}
