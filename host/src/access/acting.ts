// Whose request it is, for whatever is written to the audit on its way: no room has to hand it on, and none can forget to.
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Actor, HOST } from './actor.ts';

const acting = new AsyncLocalStorage<Actor>();

/** What `act` does, and what it begins, is done by `actor`. */
export function actAs<T>(actor: Actor, act: () => T): T {
  return acting.run(actor, act);
}

/** The host itself outside of requests. */
export function actingNow(): Actor {
  return acting.getStore() ?? HOST;
}
