// What the HTTP edge asks of this room.
import { actorOf } from './actor.ts';
import type { Denials } from './denials.ts';
import { covers } from './client-scope.ts';
import type { Memories } from '../memory.ts';
import type { MemoryLimits } from '../memory-limits.ts';
import { type Owner, ownerOf } from './owners.ts';
import type { Embeds } from './embeds.ts';
import type { Principal } from './principal.ts';
import type { Owned } from './route-access.ts';
import { keyOfScope } from './scope-key.ts';
import type { Sessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';
import type { Store } from '../store/index.ts';

export interface Access {
  readonly tokens: Pick<Tokens, 'verify' | 'recall'>;
  readonly sessions: Pick<Sessions, 'verify' | 'recall'>;
  readonly embeds: Pick<Embeds, 'verify'>;
  /** Whether there is such a thing for them. Of somebody else's and of nothing it takes as long to say no. */
  sees(principal: Principal, kind: Owned, id: string): Promise<boolean>;
  /** Puts it into the audit that somebody was turned away. */
  noteDenial(by: Parameters<typeof actorOf>[0], route: string, why: Readonly<Record<string, string>>): void;
}

export interface AccessParts {
  readonly store: Pick<Store, 'readAs'>;
  readonly denials: Denials;
  readonly tokens: Pick<Tokens, 'verify' | 'recall'>;
  readonly sessions: Pick<Sessions, 'verify' | 'recall'>;
  readonly embeds: Pick<Embeds, 'verify'>;
  readonly memories: Memories;
  readonly limits: Pick<MemoryLimits, 'sights'>;
}

/** Of what changes of are heard. */
const TOLD: ReadonlySet<Owned> = new Set(['client', 'instance', 'dashboard', 'widget'] as const);

export function createAccess(parts: AccessParts): Access {
  const { store, denials, tokens, sessions, embeds, memories, limits } = parts;
  const seen = memories.open<Owner>({ of: ['client', 'instance', 'dashboard', 'widget'], most: limits.sights });
  return {
    tokens,
    sessions,
    embeds,
    async sees({ clients, widgets }, kind, id) {
      // What a page shows was said one by one; whose it is was asked then.
      if (widgets !== undefined) return kind === 'widget' && widgets.has(id);
      const read = async (): Promise<Owner | undefined> => {
        const owner = await store.readAs(clients, (db) => ownerOf(db, kind, id));
        return owner !== undefined && covers(clients, owner.clientId) ? owner : undefined;
      };
      const owner = TOLD.has(kind) ? await seen.recall(`${keyOfScope(clients)} ${kind} ${id}`, read) : await read();
      return owner !== undefined;
    },
    noteDenial(by, route, why) {
      const { kind, id } = by.principal;
      // An id comes from outside, and may have what PostgreSQL cannot store.
      const after = JSON.parse(JSON.stringify(why).replaceAll(String.raw`\u0000`, '')) as object;
      const from = { kind: 'route', id: route };
      denials.note({ who: `${kind} ${id}`, actor: actorOf(by), action: 'access.denied', from, after });
    },
  };
}
