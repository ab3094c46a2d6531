import { sql } from 'kysely';
import { Problem } from '../errors.ts';
import type { Queryable } from '../store/index.ts';

/** `+02:00` is no zone: it knows no summer time, and PostgreSQL reads its sign the other way round. */
const IANA_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

/** PostgreSQL: invalid_parameter_value. */
const NOT_RECOGNISED = '22023';

/**
 * What is wrong with a time zone; undefined when both this program and the database know it. One that only the program knew would
 * make every statement fail that compares days.
 */
export async function timeZoneFault(db: Queryable, timeZone: string): Promise<string | undefined> {
  if (!IANA_NAME.test(timeZone) || !isKnownHere(timeZone)) {
    return 'must be the IANA name of a time zone, such as Europe/Berlin';
  }
  try {
    await sql`select now() at time zone ${timeZone}`.execute(db);
    return undefined;
  } catch (error) {
    if ((error as { code?: string }).code !== NOT_RECOGNISED) throw error;
    return 'is a time zone that the database does not know';
  }
}

/** Call it outside of a transaction: a zone that the database refuses would end it. */
export async function assertTimeZone(db: Queryable, timeZone: string): Promise<void> {
  const message = await timeZoneFault(db, timeZone);
  if (message === undefined) return;
  throw new Problem('config_invalid', `/timeZone ${message}`, { errors: [{ pointer: '/timeZone', message }] });
}

function isKnownHere(timeZone: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone }));
  } catch {
    return false;
  }
}
