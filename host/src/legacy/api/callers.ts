// Who still calls the old API: counted here, and written now and then.
import { sql } from 'kysely';
import type { Principal } from '../../access/index.ts';
import type { Log } from '../../log.ts';
import type { Store } from '../../store/index.ts';
import type { Ticks } from '../../ticks.ts';

export interface CallerView {
  readonly route: string;
  readonly caller: { readonly kind: string; readonly id: string; readonly name: string | null };
  readonly calls: number;
  /** ISO 8601 */
  readonly firstAt: string;
  /** ISO 8601 */
  readonly lastAt: string;
}

export interface Callers {
  note(route: string, by: Pick<Principal, 'kind' | 'id'>): void;
  /** Those of all hosts, as far as these have written them; those of this host all of them. Who called last comes first. */
  list(): Promise<CallerView[]>;
  start(): void;
  /** Writes what was counted. May be called twice. */
  stop(): Promise<void>;
}

export interface CallersParts {
  readonly store: Pick<Store, 'db'>;
  readonly ticks: Ticks;
  readonly limits: { readonly legacy: { readonly callersTick: number } };
  readonly log: Log;
}

export function createCallers({ store: { db }, ticks, limits, log }: CallersParts): Callers {
  let counts = new Map<string, number>();
  let end: (() => void) | undefined;

  /** What cannot be written is counted again. */
  const write = async (): Promise<void> => {
    const taken = counts;
    if (taken.size === 0) return;
    counts = new Map();
    const rows = [...taken].map(([key, calls]) => {
      const [route = '', caller_kind = '', caller_id = ''] = JSON.parse(key) as string[];
      return { route, caller_kind, caller_id, calls };
    });
    try {
      await db
        .insertInto('legacy_caller')
        .values(rows)
        .onConflict((conflict) =>
          conflict.columns(['route', 'caller_kind', 'caller_id']).doUpdateSet((eb) => ({
            calls: sql<number>`legacy_caller.calls + ${eb.ref('excluded.calls')}`,
            last_at: sql<Date>`now()`,
          })),
        )
        .execute();
    } catch (error) {
      for (const [key, calls] of taken) counts.set(key, (counts.get(key) ?? 0) + calls);
      throw error;
    }
  };

  return {
    note(route, { kind, id }) {
      const key = JSON.stringify([route, kind, id]);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },

    async list() {
      await write();
      const { rows } = await sql<CallerRow>`
        select caller.route, caller.caller_kind, caller.caller_id, caller.calls::text, caller.first_at, caller.last_at,
          coalesce(token.name, person.name) as name
        from legacy_caller caller
        left join api_token token on caller.caller_kind = 'token' and token.id = caller.caller_id
        left join app_user person on caller.caller_kind = 'user' and person.id = caller.caller_id
        order by caller.last_at desc, caller.route, caller.caller_id`.execute(db);
      return rows.map((row) => ({
        route: row.route,
        caller: { kind: row.caller_kind, id: row.caller_id, name: row.name },
        calls: Number(row.calls),
        firstAt: row.first_at.toISOString(),
        lastAt: row.last_at.toISOString(),
      }));
    },

    start() {
      end ??= ticks.every('callers of the old API', limits.legacy.callersTick, write);
    },

    async stop() {
      end?.();
      await write().catch((error: unknown) => log.error({ err: error }, 'callers of the old API were not counted'));
    },
  };
}

interface CallerRow {
  readonly route: string;
  readonly caller_kind: string;
  readonly caller_id: string;
  readonly calls: string;
  readonly first_at: Date;
  readonly last_at: Date;
  readonly name: string | null;
}
