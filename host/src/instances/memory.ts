// Instances as they were read a moment ago, for queries: an answer out of the cache would otherwise cost more in statements than in
// everything else. What has changed is told by the database, and by this host itself before it answers whoever changed it.
import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { ResolvedInstance } from './view.ts';

/** Should nobody tell of a change that another host has made, it counts here after this long at the latest. */
const REMEMBER = 5_000;
/** Some 10 KB each. */
const MOST = 5_000;

export class InstanceMemory {
  readonly #known = new LRUCache<string, ResolvedInstance>({ max: MOST, ttl: REMEMBER });
  /** Changes so far: what was read while one came in may be from before it. */
  #changes = 0;
  #hears = false;

  get(id: string): ResolvedInstance | undefined {
    return this.#known.get(id);
  }

  /** Reads it, and remembers what nothing but a change of the instance can change. */
  async read(id: string, read: () => Promise<ResolvedInstance>): Promise<ResolvedInstance> {
    const changes = this.#changes;
    const instance = await read();
    if (this.#hears && changes === this.#changes && staysAsItIs(instance)) this.#known.set(id, instance);
    return instance;
  }

  /** One of them has changed; left out: whatever. */
  forget(id?: string): void {
    this.#changes += 1;
    if (id === undefined) this.#known.clear();
    else this.#known.delete(id);
  }

  /** Whether changes are told from now on. What was told before is not known. */
  hear(hears: boolean): void {
    this.#hears = hears;
    this.forget();
  }
}

/** Secrets that are elsewhere are read for each run, and a vendor's refresh token is replaced without a change of the instance. */
function staysAsItIs({ view, plugin }: ResolvedInstance): boolean {
  return Object.keys(view.secretReferences).length === 0 && !plugin.manifest.auth.some(({ type }) => type === 'oauth2');
}

/** Whoever has changed something, whatever it was, finds it changed: the database may tell it a moment later. */
export function forgetWhatChanges(app: FastifyInstance, memory: Pick<InstanceMemory, 'forget'>): void {
  app.addHook('onSend', (request, _reply, payload, done) => {
    if (request.method !== 'GET') memory.forget();
    done(null, payload);
  });
}
