import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { actorOf, forRole } from '../../access/index.ts';
import { Problem } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { ImportLine, ImportWish, RunImport } from './import.ts';

/** The move out of the old tables. For admins. */
export function importRoutes(app: FastifyInstance, run: RunImport): void {
  app.post<{ Body: { from?: string; dryRun?: boolean; moved?: boolean } | undefined }>(
    '/api/legacy/import',
    {
      config: forRole('admin', 'all'),
      schema: {
        summary: 'Imports the old external systems, or says what an import would do',
        description:
          'Answers NDJSON: lines of progress (`{"kind":"progress","table","done","of"}`), at the end the report ' +
          '(`{"kind":"report","dryRun","tables","quarantine","renumbered"}`), or a problem document with `"kind":"error"`. It may be ' +
          'interrupted and begun again: what is done is done, and nothing is done twice. `renumbered`: rows of another database whose ' +
          'ids other rows have here. Another database than the one that was imported before is refused (`conflict`).',
        tags: ['legacy'],
        produces: ['application/x-ndjson'],
        body: {
          type: 'object',
          additionalProperties: false,
          properties: {
            from: {
              type: 'string',
              maxLength: 2000,
              description:
                'URL of the PostgreSQL with the old tables, which is only read. Left out: they are in the own database.',
            },
            dryRun: { type: 'boolean', default: false, description: 'Writes nothing.' },
            moved: {
              type: 'boolean',
              default: false,
              description: 'It is the database that was imported before, which is at another place now.',
            },
          },
        },
      },
    },
    (request, reply) => {
      const { from, dryRun = false, moved = false } = request.body ?? {};
      const wish: ImportWish = { from, dryRun, isMoved: moved };
      return reply.type('application/x-ndjson').send(Readable.from(linesOf(run(wish, actorOf(request)), request.log)));
    },
  );
}

async function* linesOf(lines: AsyncGenerator<ImportLine>, log: Pick<Log, 'error'>): AsyncGenerator<string> {
  try {
    for await (const line of lines) yield `${JSON.stringify(line)}\n`;
  } catch (error) {
    if (!(error instanceof Problem)) log.error({ err: error }, 'an import has failed');
    const problem = error instanceof Problem ? error : new Problem('internal', 'the import has failed');
    yield `${JSON.stringify({ kind: 'error', ...problem.toDocument() })}\n`;
  }
}
