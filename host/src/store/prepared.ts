// Statements that every connection makes all the time. The server reads and plans them once for each connection: with many parts and few
// rows that is most of what they cost.
import { hash } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';

const MARK = '/* prepared */';

/**
 * At the beginning of such a statement. Its text must not depend on what it is about, since each text stays with the server, and it must
 * not have a table's `*`, which is another one after a migration.
 */
export const PREPARED: RawBuilder<unknown> = sql.raw(MARK);

/** What the server remembers it by; it would cut off more than 63. */
const NAME_CHARACTERS = 43;
const names = new Map<string, string>();

/** Undefined for any other statement. */
export function nameOf(text: string): string | undefined {
  if (!text.trimStart().startsWith(MARK)) return undefined;
  let name = names.get(text);
  if (name === undefined) {
    name = hash('sha256', text, 'base64url').slice(0, NAME_CHARACTERS);
    names.set(text, name);
  }
  return name;
}
