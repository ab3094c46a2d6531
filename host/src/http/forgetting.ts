import type { FastifyInstance } from 'fastify';
import type { Memories } from '../memory.ts';

const CHANGES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Whoever has changed something, whatever it was, finds it changed: the database may tell it a moment later. */
export function forgetWhatChanges(app: FastifyInstance, memories: Pick<Memories, 'forget'>): void {
  app.addHook('onSend', (request, _reply, payload, done) => {
    if (CHANGES.has(request.method) && request.routeOptions.config.onlyAsks !== true) memories.forget();
    done(null, payload);
  });
}
