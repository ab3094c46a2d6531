// What changes the parameters of a client, in the caller's transaction.
import type { Audit, AuditEvent } from '../access/index.ts';
import type { Clock } from '../clock.ts';
import { Problem } from '../errors.ts';
import { mergePatch } from '../merge-patch.ts';
import type { Queryable } from '../store/index.ts';
import { type ClientRow, lockClient, readParameters, updateClient, writeParameters } from './client-rows.ts';
import { type ClientParameters, parseParameters, parseParametersPatch } from './input.ts';
import type { ParametersMirror } from './mirror.ts';

/** A client's parameters, and the revision that they are of. */
export interface ParametersView {
  readonly parameters: ClientParameters;
  readonly revision: number;
}

export interface IfRevision {
  /** Only when nobody changed it since. */
  readonly ifRevision?: number | undefined;
}

export interface ByMirror {
  /** The mirror has the change already: it comes from there. */
  readonly isMirrored?: boolean;
}

export interface ClientWrites {
  /** For whoever changes several: all of them are locked before the first is written. @throws Problem `not_found` */
  lock(trx: Queryable, ids: readonly string[]): Promise<void>;
  patchParameters(trx: Queryable, id: string, patch: unknown, options?: IfRevision & ByMirror): Promise<ParametersView>;
}

export interface ParameterWritesParts {
  readonly clock: Clock;
  readonly audit: Pick<Audit, 'record'>;
  readonly mirror: ParametersMirror;
}

export interface ParameterWrites {
  readonly writes: ClientWrites;
  changeParameters(
    trx: Queryable,
    id: string,
    options: IfRevision & ByMirror,
    next: (current: ClientParameters) => ClientParameters,
  ): Promise<ParametersView>;
}

export function createParameterWrites({ clock, audit, mirror }: ParameterWritesParts): ParameterWrites {
  const changeParameters: ParameterWrites['changeParameters'] = async (
    trx,
    id,
    { ifRevision, isMirrored = false },
    next,
  ) => {
    if (!isMirrored) await mirror.begin(trx);
    const row = await lockUnchanged(trx, id, ifRevision);
    const before = await readParameters(trx, id);
    const parameters = next(before);
    await writeParameters(trx, id, parameters);
    const { revision } = await updateClient(trx, row, {}, new Date(clock.now()));
    if (!isMirrored) await mirror.wrote(trx, { clientId: id, before, after: parameters });
    await audit.record(trx, { ...eventOf(id, 'change-parameters'), before, after: parameters });
    return { parameters, revision };
  };

  const writes: ClientWrites = {
    lock: async (trx, ids) => {
      for (const id of ids.toSorted()) await lockClient(trx, id);
    },
    patchParameters(trx, id, patch, options = {}) {
      const wanted = parseParametersPatch(patch);
      return changeParameters(trx, id, options, (current) => parseParameters(mergePatch(current, wanted)));
    },
  };

  return { writes, changeParameters };
}

export function eventOf(id: string, act: string): AuditEvent {
  return { action: `client.${act}`, entity: { kind: 'client', id } };
}

export async function lockUnchanged(trx: Queryable, id: string, ifRevision: number | undefined): Promise<ClientRow> {
  const row = await lockClient(trx, id);
  if (ifRevision === undefined || ifRevision === row.revision) return row;
  throw new Problem(
    'conflict',
    `client "${id}" is at revision ${row.revision}, the change was made for revision ${ifRevision}`,
  );
}
