// What the HTTP edge asks of this room.
import { actorOf } from './actor.ts';
import type { Denials } from './denials.ts';
import { covers } from './client-scope.ts';
import { ownerOf } from './owners.ts';
import type { Embeds } from './embeds.ts';
import type { Principal } from './principal.ts';
import type { Owned } from './route-access.ts';
import type { Sessions } from './sessions.ts';
import type { Tokens } from './tokens.ts';
import type { Store } from '../store/index.ts';

export interface Access {
  readonly tokens: Pick<Tokens, 'verify' | 'recall'>;
  readonly sessions: Pick<Sessions, 'verify'>;
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
  readonly sessions: Pick<Sessions, 'verify'>;
  readonly embeds: Pick<Embeds, 'verify'>;
}

export function createAccess({ store, denials, tokens, sessions, embeds }: AccessParts): Access {
  return {
    tokens,
    sessions,
    embeds,
    async sees({ clients, widgets }, kind, id) {
      // What a page shows was said one by one; whose it is was asked then.
      if (widgets !== undefined) return kind === 'widget' && widgets.has(id);
      const owner = await store.readAs(clients, (seen) => ownerOf(seen, kind, id));
      return owner !== undefined && covers(clients, owner.clientId);
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
