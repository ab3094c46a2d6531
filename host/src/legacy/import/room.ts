// The way out of the old tables: import, parity, and the scrub of their secrets.
import type { FastifyInstance } from 'fastify';
import { createImport, type ImportParts } from './import.ts';
import { importRoutes } from './import-routes.ts';
import { keptRoutes } from './kept-routes.ts';
import { createParities } from './parity.ts';
import type { Answers, Parities, Unread } from '../parity-report.ts';
import { scrubRoutes } from './scrub-routes.ts';
import { createScrub } from './scrub.ts';
import { createUnread } from './unread.ts';

export interface LegacyImport {
  /** `answers`: of the old API. */
  readonly parities: (answers: Answers) => Parities;
  readonly unread: Unread;
  readonly routes: (app: FastifyInstance) => void;
}

export function createLegacyImport(parts: ImportParts): LegacyImport {
  const run = createImport(parts);
  return {
    parities: (answers) => createParities(parts, answers),
    unread: createUnread(parts),
    routes(app) {
      importRoutes(app, run);
      keptRoutes(app, parts);
      scrubRoutes(app, createScrub(parts));
    },
  };
}
