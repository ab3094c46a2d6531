// What callers ask, and what they are told about what can be asked.
import type { Column, ManifestView } from '@jackfield/schemas';
import type { Encoding } from '@jackfield/sdk/runtime';
import type { ClientScope, Role } from '../access/index.ts';
import type { InstanceView, ResolvedInstance } from '../instances/index.ts';
import type { PluginVersion } from '../kernel/index.ts';

/** What one instance and many are asked with. */
export interface Asking {
  readonly queryId: string;
  readonly params: Record<string, unknown>;
  /** Where the params come from: text in a URL is converted to the types of the schema. */
  readonly source: 'json' | 'url';
  readonly encoding: Encoding;
  /** Of the one who asks. */
  readonly role: Role;
  /** Whose instances they may see: others are not there for them. */
  readonly clients: ClientScope;
  /** How long to wait for the instance, in milliseconds; a longer time than the query's own deadline changes nothing. */
  readonly deadlineMs?: number | undefined;
  /** Client whose parameters stand in params on an instance that belongs to none: whoever looks at a dashboard looks for its client. */
  readonly forClient?: string | null;
  /** Ask the vendor even when a fresh result is cached. */
  readonly noCache?: boolean;
  /** Aborts when the reader is gone: the run goes on only while somebody else reads it. */
  readonly signal?: AbortSignal;
}

export interface QueryRequest extends Asking {
  readonly instanceId: string;
}

export interface FanOutRequest extends Asking {
  readonly plugin: string;
  /** Left out: every enabled instance of the plugin. */
  readonly instanceIds?: readonly string[] | undefined;
  /** Of a synced query: what a row is of. Left out: what the query says. */
  readonly per?: ManifestView['per'];
  /** Whether whoever asks would ask the same of the same now. Left out: they would. */
  readonly stands?: () => boolean;
}

/** A view of synced rows that no query stands for. */
export interface ViewAsking extends Pick<Asking, 'encoding' | 'clients'> {
  readonly plugin: string;
  readonly view: ManifestView;
  readonly instanceIds: readonly string[];
}

export interface QuerySummary {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  /** Who answers: the vendor, or the rows of a stream. */
  readonly source: 'live' | 'synced';
  readonly params: object;
  readonly columns: readonly Column[];
  /** The columns come with the answer. */
  readonly dynamicColumns?: true;
  /** What a synced query reads. */
  readonly view?: ManifestView;
  readonly cacheMs: number;
  /** Who may run it. */
  readonly role: Role;
}

/** Puts the client's values where the params name them; called before the params are checked. */
export type FillParams = (
  instance: {
    readonly view: Pick<InstanceView, 'id' | 'clientId'>;
    readonly client?: ResolvedInstance['client'] | undefined;
  },
  plugin: PluginVersion,
  queryId: string,
  params: Record<string, unknown>,
  forClient: string | null,
) => Promise<Record<string, unknown>>;
