// Before every route of the old API: who calls is counted, and whoever calls what has ended is told what to call in its place.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Store } from '../../store/index.ts';
import { targetOf } from '../move/links.ts';
import { type Move, NOT_MOVED, readMoves } from '../move/modes.ts';
import type { Twin } from '../move/twin.ts';
import { findOld, type OldRow, readOld, type Values } from '../old-rows.ts';
import type { Callers } from './callers.ts';
import { gone, sayLeaving } from './leaving.ts';
import { readInput } from './input.ts';
import { type OldRoute, replacementOf } from './replacements.ts';
import type { OldTable } from './tables.ts';

export interface GateParts {
  readonly store: Pick<Store, 'db'>;
  readonly callers: Pick<Callers, 'note'>;
}

/** What a route is about: the row whose id this part of the path is, the row that the body makes, or all rows. */
export interface Subject {
  readonly table: OldTable;
  readonly twin: Twin;
  readonly id?: 'id' | 'mapping';
  readonly isNew?: true;
}

export type Gate = (
  route: OldRoute,
  subject: Subject,
) => (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

export function createGate({ store: { db }, callers }: GateParts): Gate {
  /** The plugins that the request is about. Of what there is none of, and of lists: all that have anything to do with the table. */
  const pluginsOf = async (
    { table, twin, isNew }: Subject,
    row: OldRow | undefined,
    request: FastifyRequest,
    moves: ReadonlyMap<string, Move>,
  ): Promise<readonly (string | undefined)[]> => {
    if (row !== undefined) return [await twin.pluginOf(db, row)];
    const made = isNew === true ? await twin.pluginOf(db, newRow(table, request.body)) : undefined;
    if (made !== undefined) return [made];
    const names = new Set<string | undefined>(
      [...moves].flatMap(([name, { mode }]) => (mode === 'legacy' ? [] : [name])),
    );
    if (names.size > 0) for (const each of await readOld(db, table)) names.add(await twin.pluginOf(db, each));
    return [...names];
  };

  return (route, subject) => async (request, reply) => {
    callers.note(route, request.principal);
    const moves = await readMoves(db);
    if (moves.size === 0) return;
    const { [subject.id ?? '']: id = '', queryId } = request.params as Readonly<Record<string, string>>;
    const row = /^\d{1,9}$/.test(id) ? await findOld(db, subject.table, Number(id)) : undefined;
    const names = await pluginsOf(subject, row, request, moves);
    const theirs = names.map((name) => moves.get(name ?? '') ?? NOT_MOVED);
    const leaving = theirs.filter(({ mode }) => mode !== 'legacy');
    if (leaving.length === 0) return;
    const replacement = replacementOf(route, await targetFor(route, subject, row, request), queryId);
    sayLeaving(reply, leaving, replacement);
    if (theirs.every(({ mode }) => mode === 'plugin')) throw gone(route, replacement);
  };

  async function targetFor(
    route: OldRoute,
    { table }: Subject,
    row: OldRow | undefined,
    request: FastifyRequest,
  ): Promise<string | undefined> {
    if (table.kind === 'external-mapping') {
      const { id = '' } = request.params as Readonly<Record<string, string>>;
      const client = route.includes('/api/clients/') ? id : row?.['client_id'];
      return typeof client === 'string' && client !== '' ? client : undefined;
    }
    if (row === undefined) return undefined;
    const kind = table.kind === 'external-template' ? 'widget' : 'instance';
    return targetOf(db, table.table, row.id, kind);
  }
}

/** As far as it can be read: what is wrong with it is said later. */
function newRow(table: OldTable, body: unknown): Values {
  try {
    return readInput({ ...table, required: [] }, body);
  } catch {
    return {};
  }
}
