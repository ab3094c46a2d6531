import type { FastifyInstance } from 'fastify';
import { forRole } from '../../access/index.ts';
import { Problem } from '../../errors.ts';
import type { Vault } from '../../secrets/index.ts';
import type { Store } from '../../store/index.ts';
import { keyOf } from './planning.ts';
import { readQuarantine } from './quarantine.ts';

const tags = ['legacy'];

/** What an import could not move, and what it has kept of dashboards. */
export function keptRoutes(
  app: FastifyInstance,
  { store: { db, readAs }, vault }: { store: Pick<Store, 'db' | 'readAs'>; vault: Vault },
): void {
  app.get(
    '/api/legacy/quarantine',
    {
      config: forRole('admin', 'all'),
      schema: {
        summary: 'Rows of the old tables that could not be moved, or not as a whole, with why',
        description: 'Without their secrets, which are kept sealed: `secrets` says where in the row they were.',
        tags,
      },
    },
    async () => {
      const secrets = await readQuarantine(db, vault);
      const rows = await db.selectFrom('legacy_quarantine').selectAll().orderBy('id').execute();
      return {
        rows: rows.map((row) => ({
          ...{ table: row.legacy_table, id: row.legacy_id, plugin: row.plugin, reason: row.reason, detail: row.detail },
          ...{
            row: row.row,
            secrets: [...(secrets.get(keyOf(row.legacy_table, row.legacy_id))?.secrets.keys() ?? [])],
          },
          ...{ since: row.created_at.toISOString() },
        })),
      };
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/legacy/dashboards/:id',
    {
      config: forRole('user', 'dashboard'),
      schema: {
        summary: 'What an imported dashboard was in the old world, with the ids of its systems rewritten',
        description:
          '`flags` are ids of systems that are not here; `ownerIsMissing`: whoever imported it has it in their place.',
        tags,
        params: { type: 'object', properties: { id: { type: 'string', description: 'Dashboard id.' } } },
      },
    },
    async ({ params: { id }, principal: { clients } }) => {
      const row = await readAs(clients, (seen) =>
        seen.selectFrom('legacy_dashboard').selectAll().where('dashboard_id', '=', id).executeTakeFirst(),
      );
      if (row === undefined) throw new Problem('not_found', `the dashboard "${id}" was not imported`);
      const { owner_id: ownerId, old_owner: oldOwner, owner_is_missing: ownerIsMissing, document, flags } = row;
      return { ownerId, oldOwner, ownerIsMissing, document, flags };
    },
  );
}
