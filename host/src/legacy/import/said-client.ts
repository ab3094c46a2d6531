// Whose an instance is: the old tables had no column for it, or one of their own that the old API never wrote.
import { recordOf, type Row } from './cells.ts';

/** Settings first: both shapes are written there. Nothing, when they say so; undefined: nobody has said anything. */
export function saidClient(row: Row): unknown {
  const settings = recordOf(row['connection_config']);
  for (const name of ['clientId', 'client_id']) if (Object.hasOwn(settings, name)) return settings[name];
  return row['client_id'];
}
