// A copy of the audit, as it was exported: whether it is whole can be told without the host that wrote it, and without its database.
import { type AuditEntry, hashOf, type Row } from './audit-chain.ts';
import { Chain } from './audit-verification.ts';

export interface CopyVerdict {
  readonly entries: number;
  /** The first and the last entry that are as they were written; null when there is none. */
  readonly first: number | null;
  readonly last: number | null;
  /** Of the last one, in hex: what it is on the host, as long as nobody has written the chain anew. */
  readonly hash: string;
  readonly fault: { readonly line: number; readonly detail: string } | null;
}

type Exported = AuditEntry & { readonly previousHash: string; readonly hash: string };

/** `lines`: of one export, or of several that go on where the one before ended. */
export async function verifyCopy(lines: AsyncIterable<string>): Promise<CopyVerdict> {
  const chain = new Chain();
  let line = 0;
  const verdict = (fault: CopyVerdict['fault']): CopyVerdict => ({
    entries: chain.entries,
    first: chain.entries === 0 ? null : chain.cut + 1,
    last: chain.entries === 0 ? null : chain.seq,
    hash: Buffer.from(chain.hash).toString('hex'),
    fault,
  });
  for await (const text of lines) {
    line += 1;
    if (text === '') continue;
    const row = rowOf(text);
    const detail = row === undefined ? 'is no entry' : chain.follow(row);
    if (detail !== undefined) return verdict({ line, detail });
  }
  return verdict(null);
}

/** Undefined when it is none. */
function rowOf(text: string): Row | undefined {
  try {
    const { seq, at, actor, action, entity, instanceId, before, after, previousHash, hash } = JSON.parse(
      text,
    ) as Exported;
    const row: Row = {
      seq,
      at: new Date(at),
      actor_kind: actor.kind,
      actor_id: actor.id,
      address: actor.address,
      request_id: actor.requestId,
      action,
      entity_kind: entity.kind,
      entity_id: entity.id,
      instance_id: instanceId,
      before: written(before),
      after: written(after),
      previous_hash: Buffer.from(previousHash, 'hex'),
      hash: Buffer.from(hash, 'hex'),
    };
    // Says whether everything is there that a hash is made of.
    hashOf(row);
    return row;
  } catch {
    return undefined;
  }
}

function written(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
