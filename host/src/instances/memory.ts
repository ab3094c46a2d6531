// Instances as they were read a moment ago, for queries: an answer out of the cache would otherwise cost more in statements than in
// everything else. What has changed is told by the database, and by this host itself before it answers whoever changed it.
import type { FastifyInstance } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { MemoryLimits } from '../memory-limits.ts';
import type { ResolvedInstance } from './view.ts';

export class InstanceMemory {
  readonly #known: LRUCache<string, ResolvedInstance>;
  /** Changes so far: what was read while one came in may be from before it. */
  #changes = 0;
  #hears = false;

  constructor({ instances, heldFor }: Pick<MemoryLimits, 'instances' | 'heldFor'>) {
    this.#known = new LRUCache({ max: instances, ttl: heldFor });
  }

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

const CHANGES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Whoever has changed something, whatever it was, finds it changed: the database may tell it a moment later. */
export function forgetWhatChanges(app: FastifyInstance, memory: Pick<InstanceMemory, 'forget'>): void {
  app.addHook('onSend', (request, _reply, payload, done) => {
    if (CHANGES.has(request.method) && request.routeOptions.config.onlyAsks !== true) memory.forget();
    done(null, payload);
  });
}
