// The packages that are kept, and how far each host is with what is wanted of them.
import type { FastifyInstance } from 'fastify';
import { forRole } from '../access/index.ts';
import { integrityOf } from '../catalog/index.ts';
import { Problem } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { PluginSource, Store } from '../store/index.ts';
import type { Changes } from './changes.ts';
import { readPlugin, readVersions } from './desired-rows.ts';
import { readHosts } from './host-rows.ts';

const config = forRole('admin', 'all');
const tags = ['plugins'];

/** A package that is kept, and may become active. */
export interface PluginVersionView {
  readonly version: string;
  readonly integrity: string;
  readonly source: PluginSource;
  /** ISO 8601 */
  readonly addedAt: string;
  readonly isWanted: boolean;
  /** A rollback goes back to it. */
  readonly isPrevious: boolean;
}

export function packageRoutes(
  app: FastifyInstance,
  { changes, store, limits }: { readonly changes: Changes; readonly store: Pick<Store, 'db'>; readonly limits: Limits },
): void {
  app.get<{ Params: { plugin: string } }>(
    '/api/plugins/:plugin/versions',
    {
      config,
      schema: {
        summary: 'The versions of a plugin that are kept, the newest first',
        tags,
        params: { type: 'object', properties: { plugin: { type: 'string', description: 'Plugin name.' } } },
      },
    },
    async (request): Promise<{ versions: PluginVersionView[] }> => {
      const row = await readPlugin(store.db, request.params.plugin);
      const versions = await readVersions(store.db, request.params.plugin);
      return {
        versions: versions.map(({ version, integrity, source, added_at }) => ({
          ...{ version, integrity, source, addedAt: added_at.toISOString() },
          ...{ isWanted: integrity === row?.integrity, isPrevious: integrity === row?.previous },
        })),
      };
    },
  );

  app.get(
    '/api/hosts',
    { config, schema: { summary: 'The hosts, and how far each is with what is wanted', tags: ['health'] } },
    () => readHosts(store.db, limits.lifecycle.silent),
  );

  // The parser is for this route alone.
  void app.register(async (scope) => {
    scope.addContentTypeParser(
      'application/octet-stream',
      { parseAs: 'buffer', bodyLimit: limits.tarballBytes },
      (_request, body, done) => done(null, body),
    );
    scope.post(
      '/api/plugin-packages',
      {
        config,
        bodyLimit: limits.tarballBytes,
        schema: {
          summary: 'Takes the tarball of a plugin, verifies and keeps it',
          description: 'Nothing of it runs. A change names it by its integrity.',
          tags,
          consumes: ['application/octet-stream'],
        },
      },
      async (request, reply) => {
        const { body } = request;
        if (!Buffer.isBuffer(body)) {
          throw new Problem('config_invalid', 'the body is no tarball', {
            next: 'Send the .tgz as it is, with content-type: application/octet-stream.',
          });
        }
        const packed = { tarball: body, integrity: integrityOf(body) };
        return reply.code(201).send(await changes.upload(packed, 'upload'));
      },
    );
  });
}
