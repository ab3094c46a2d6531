import type { Queryable } from '../store/index.ts';
import { targetOf } from './move/links.ts';

/** The client that has this id, here or in the old world. Undefined: none is named, or nobody knows it. */
export async function clientIdOf(db: Queryable, said: unknown): Promise<string | undefined> {
  const id = typeof said === 'number' ? String(said) : said;
  if (typeof id !== 'string' || id === '' || id.includes('\0')) return undefined;
  const moved = /^\d{1,9}$/.test(id) ? await targetOf(db, 'clients', Number(id), 'client') : undefined;
  const client = await db
    .selectFrom('client')
    .select('id')
    .where('id', '=', moved ?? id)
    .executeTakeFirst();
  return client?.id;
}
