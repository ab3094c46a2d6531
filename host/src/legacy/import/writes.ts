// What an import writes, one kind beside the other.
import type { Kind } from './cards.ts';

export type Writes = WriteClient | WriteParameters | WriteDefaults | WriteInstance | WriteWidget | WriteDashboard;

export interface WriteClient {
  readonly kind: 'client';
  readonly id: string;
  readonly name: string;
}

/** Of one client; its others stay. */
export interface WriteParameters {
  readonly kind: 'parameters';
  readonly clientId: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

/** What clients have that do not say it themselves. */
export interface WriteDefaults {
  readonly kind: 'defaults';
  readonly plugin: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
}

export interface WriteInstance {
  readonly kind: 'instance';
  readonly id: string;
  readonly plugin: string;
  readonly configVersion: number;
  readonly name: string;
  readonly clientId: string | null;
  readonly enabled: boolean;
  readonly config: Readonly<Record<string, unknown>>;
  readonly secrets: ReadonlyMap<string, string>;
  /** Fields whose secret the instance has already. */
  readonly kept: ReadonlySet<string>;
  /** Why it is switched off until a person has seen to it. */
  readonly fault: string | undefined;
}

export interface WriteWidget {
  readonly kind: 'widget';
  readonly id: string;
  readonly dashboardId: string | null;
  readonly plugin: string;
  readonly template: string | null;
  readonly query: string | null;
  readonly title: string | null;
  readonly show: Kind | null;
  readonly params: Readonly<Record<string, unknown>>;
  readonly instances: 'all' | readonly string[];
  readonly refreshMs: number | null;
  readonly runsAs: 'user' | 'engineer' | 'manager' | 'admin';
  readonly position: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
}

export interface WriteDashboard {
  readonly kind: 'dashboard';
  readonly id: string;
  readonly title: string;
  readonly description: string | null;
  /** The old one with its ids rewritten, and without secrets. */
  readonly document: unknown;
  readonly flags: readonly { readonly pointer: string; readonly id: string }[];
  /** Whose it was; null when they are not here, and it belongs to whoever imports. */
  readonly ownerId: string | null;
  readonly oldOwner: string | null;
  /** Widgets that an earlier import has made of cards that are gone. */
  readonly goneWidgets: readonly string[];
}
