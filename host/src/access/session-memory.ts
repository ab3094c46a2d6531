// Who holds a session: as it was a moment ago while changes are heard of, else as the database says.
import { hash } from 'node:crypto';
import type { AccessLimits } from '../access-limits.ts';
import type { Memories } from '../memory.ts';
import type { MemoryLimits } from '../memory-limits.ts';
import { isRole } from '../roles.ts';
import type { Store } from '../store/index.ts';
import { clientsOf, scopeOf } from './grants.ts';
import type { Principal } from './principal.ts';
import { findSession, noteSeen } from './session-rows.ts';
import type { Sessions } from './sessions.ts';

export interface SessionMemoryParts {
  readonly store: Pick<Store, 'db'>;
  readonly limits: AccessLimits;
  readonly memories: Memories;
  readonly memory: Pick<MemoryLimits, 'sessions'>;
}

interface Known {
  readonly principal: Principal;
  /** Milliseconds until it is over if nobody comes back. */
  readonly left: number;
}

export function rememberSessions(parts: SessionMemoryParts): Pick<Sessions, 'verify' | 'recall'> {
  const { limits, memories, memory } = parts;
  const { db } = parts.store;
  const known = memories.open<Known>({ of: ['access', 'client'], most: memory.sessions });

  async function find(hashed: Buffer): Promise<Known | undefined> {
    const found = await findSession(db, hashed, limits);
    if (found === undefined || !isRole(found.role)) return undefined;
    if (found.is_use_worth_noting) await noteSeen(db, found.id);
    const { user_id: id, name, role } = found;
    const clients = scopeOf(clientsOf(found));
    return { principal: { kind: 'user', id, name, role, clients, sessionId: found.id }, left: found.left_ms };
  }

  return {
    async verify(token) {
      const key = hash('sha256', token, 'base64');
      const read = (): Promise<Known | undefined> => find(Buffer.from(key, 'base64'));
      return (await known.recall(key, read, { lasts: ({ left }) => left }))?.principal;
    },

    recall: (token) => known.get(hash('sha256', token, 'base64'))?.principal,
  };
}
