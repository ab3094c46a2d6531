// Another shape of the parameters, which is written in the transaction that changes them.
import type { Queryable } from '../store/index.ts';
import type { ClientParameters } from './input.ts';

export interface ParametersWrite {
  readonly clientId: string;
  readonly before: ClientParameters;
  /** Left out: the client was deleted. */
  readonly after?: ClientParameters;
}

export interface ParametersMirror {
  /** First in the transaction: before anything is locked. */
  begin(trx: Queryable): Promise<void>;
  wrote(trx: Queryable, write: ParametersWrite): Promise<void>;
  /** What all clients have of a plugin that do not say it themselves. */
  wroteTemplates(trx: Queryable, plugin: string, parameters: ClientParameters): Promise<void>;
}

export const NO_MIRROR: ParametersMirror = {
  begin: async () => {},
  wrote: async () => {},
  wroteTemplates: async () => {},
};
