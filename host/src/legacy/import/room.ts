// The way out of the old tables: import, parity, and the scrub of their secrets.
import type { FastifyInstance } from 'fastify';
import { createImport, type ImportParts } from './import.ts';
import { importRoutes } from './import-routes.ts';
import { keptRoutes } from './kept-routes.ts';
import type { PluginStatus } from '../../catalog/index.ts';

export interface LegacyImportParts extends Omit<ImportParts, 'plugins'> {
  readonly plugins: { list(): readonly PluginStatus[] };
}

export interface LegacyImport {
  readonly routes: (app: FastifyInstance) => void;
}

export function createLegacyImport(options: LegacyImportParts): LegacyImport {
  const { plugins } = options;
  const list = () => plugins.list().flatMap(({ plugin }) => (plugin === undefined ? [] : [plugin]));
  const parts = { ...options, plugins: { list } };
  const run = createImport(parts);
  return {
    routes(app) {
      importRoutes(app, run);
      keptRoutes(app, parts);
    },
  };
}
