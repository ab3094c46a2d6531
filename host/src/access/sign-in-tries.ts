// How often somebody may be wrong. A try counts before its password is looked at: a thousand at once are not a thousand guesses.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { AccessLimits } from '../access-limits.ts';
import { Problem } from '../errors.ts';
import type { Queryable } from '../store/index.ts';

export interface SignInTries {
  /** @throws Problem `rate_limited` while the account or the address has to wait; then the password is not to be looked at. */
  begin(login: string, address: string): Promise<void>;
  /** It was right: nothing has been tried. */
  succeeded(trx: Queryable, login: string, address: string): Promise<void>;
  /** Forgets those that count no more. */
  clear(): Promise<void>;
}

// Hashed: people type their password where the login belongs.
const accountOf = (login: string): string => `account ${createHash('sha256').update(login).digest('hex')}`;
const addressOf = (address: string): string => `address ${address}`;

export function createSignInTries(db: Queryable, limits: AccessLimits): SignInTries {
  return {
    async begin(login, address) {
      await count(db, addressOf(address), limits.triesPerAddress, limits);
      await count(db, accountOf(login), limits.triesPerAccount, limits);
    },
    async succeeded(trx, login, address) {
      await trx.deleteFrom('sign_in_try').where('subject', '=', accountOf(login)).execute();
      // Others at this address may have been wrong all the same.
      await trx
        .updateTable('sign_in_try')
        .set({ tries: sql<number>`greatest(tries - 1, 0)`, locked_until: null })
        .where('subject', '=', addressOf(address))
        .execute();
    },
    async clear() {
      await sql`
        delete from sign_in_try
        where last_at < now() - ${limits.triesKept}::float8 * interval '1 millisecond'
          and (locked_until is null or locked_until < now())`.execute(db);
    },
  };
}

/** The try that reaches the limit is the last one that is looked at until the lock is over; each one after it doubles the lock. */
async function count(db: Queryable, subject: string, limit: number, limits: AccessLimits): Promise<void> {
  const { lockMin, lockMost, triesKept } = limits;
  const { rows } = await sql<{ tries: number }>`
    insert into sign_in_try as t (subject, tries, last_at) values (${subject}, 1, now())
    on conflict (subject) do update set
      tries = case when t.last_at < now() - ${triesKept}::float8 * interval '1 millisecond' then 1 else t.tries + 1 end,
      last_at = now(),
      locked_until = case
        when t.last_at < now() - ${triesKept}::float8 * interval '1 millisecond' or t.tries + 1 < ${limit}::int then null
        else now() + least(${lockMost}::float8, ${lockMin}::float8 * 2 ^ least(t.tries + 1 - ${limit}::int, 30))
          * interval '1 millisecond' end
    where t.locked_until is null or t.locked_until <= now()
    returning tries`.execute(db);
  if (rows.length > 0) return;
  const left = await sql<{ ms: number }>`
    select greatest(0, extract(epoch from locked_until - now()) * 1000)::float8 as ms from sign_in_try
    where subject = ${subject}`.execute(db);
  throw new Problem('rate_limited', 'too many wrong passwords', {
    retryAfterMs: left.rows[0]?.ms ?? lockMin,
    next: 'Wait as long as retryAfterMs says. An admin can set a new password.',
  });
}
