// Another shape of the instances, which is written in the transaction that changes them: both have a change, or neither.
import type { PluginVersion } from '../kernel/index.ts';
import type { Queryable } from '../store/index.ts';
import type { InstanceView } from './view.ts';

export interface InstanceWrite {
  /** Left out: it was made. */
  readonly before?: InstanceView;
  /** Left out: it was deleted. */
  readonly after?: InstanceView;
  /** Secret fields whose secret was sent. */
  readonly secretsSent: ReadonlySet<string>;
  /** Whose shape `after` has; left out: that of the version that is active. */
  readonly plugin?: PluginVersion;
}

export interface InstanceMirror {
  /** First in the transaction: before anything is locked. */
  begin(trx: Queryable): Promise<void>;
  /** After the instance was written, and before the audit. */
  wrote(trx: Queryable, write: InstanceWrite): Promise<void>;
}

export const NO_MIRROR: InstanceMirror = { begin: async () => {}, wrote: async () => {} };
