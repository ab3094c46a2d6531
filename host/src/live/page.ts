// The events since one that the caller has: for those who ask now and then.
import type { Principal } from '../access/index.ts';
import type { Store } from '../store/index.ts';
import type { EventRing } from './event-ring.ts';
import type { LiveEvent } from './events.ts';
import { sightOf } from './sight.ts';

export interface Page {
  readonly events: readonly LiveEvent[];
  /** Id to ask with the next time; null as long as nothing is known. */
  readonly last: string | null;
  /** What came before these is not remembered any more: reload everything. */
  readonly reset: boolean;
}

export interface PageQuestion {
  readonly principal: Principal;
  readonly since: string | undefined;
  readonly most: number;
}

export async function readPage(
  store: Pick<Store, 'db' | 'readAs'>,
  ring: EventRing,
  { principal, since, most }: PageQuestion,
): Promise<Page> {
  const sight = await sightOf(store, principal);
  const place = since === undefined ? undefined : ring.after(since);
  if (place === undefined) return { events: [], last: ring.last ?? null, reset: since !== undefined };
  const entries = ring.from(place, most);
  const events = entries.filter((entry): entry is LiveEvent => entry.type !== 'mark' && sight(entry));
  return { events, last: entries.at(-1)?.id ?? since ?? null, reset: false };
}
