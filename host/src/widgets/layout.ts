import { Problem } from '../errors.ts';
import type { Queryable } from '../store/index.ts';
import type { LayoutInput } from './dashboard-input.ts';
import { assertNone, positionErrors } from './validity.ts';

/** Moves widgets of one dashboard, in the caller's transaction. @throws Problem `config_invalid` with a pointer to each that cannot be moved. */
export async function layOut(
  trx: Queryable,
  dashboardId: string,
  moves: LayoutInput['widgets'],
  at: string,
): Promise<void> {
  const twice = moves.findIndex((move, index) => moves.findIndex((other) => other.id === move.id) !== index);
  assertNone(
    [
      ...moves.flatMap(({ position }, index) => positionErrors(position, `/widgets/${index}/position`)),
      ...(twice === -1 ? [] : [{ pointer: `/widgets/${twice}/id`, message: 'is listed twice' }]),
    ],
    'the layout',
  );
  const missing: number[] = [];
  for (const [index, { id, position }] of moves.entries()) {
    const moved = await trx
      .updateTable('widget')
      .set((eb) => ({
        grid_x: position.x,
        grid_y: position.y,
        grid_w: position.w,
        grid_h: position.h,
        revision: eb('revision', '+', 1),
        updated_at: new Date(at),
      }))
      .where('id', '=', id)
      .where('dashboard_id', '=', dashboardId)
      .returning('id')
      .executeTakeFirst();
    if (moved === undefined) missing.push(index);
  }
  if (missing.length === 0) return;
  const message = `names no widget of the dashboard "${dashboardId}"`;
  throw new Problem('config_invalid', `the layout ${message}`, {
    errors: missing.map((index) => ({ pointer: `/widgets/${index}/id`, message })),
  });
}
