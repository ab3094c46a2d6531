// Who was turned away, as entries of the audit. A plugin may be refused a thousand times a second, and so may a program: the first time
// for each thing is written at once, the others are counted and written when the window ends.
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/index.ts';
import { type Actor, HOST } from './actor.ts';
import type { Audit, AuditEvent } from './audit.ts';

export interface Denial {
  /** Who was turned away: an instance, a caller. */
  readonly who: string;
  readonly actor: Actor;
  readonly action: string;
  /** From what; beyond the first things of a window `*` stands for all others. */
  readonly from: AuditEvent['entity'];
  readonly instanceId?: string;
  /** For people, without secrets. */
  readonly after: object;
}

export interface Denials {
  /** Never throws; what cannot be written is logged. */
  note(denial: Denial): void;
  /** Writes what was counted. */
  stop(): Promise<void>;
}

/** Of one that was turned away, from its first denial until the window ends. */
interface Window {
  readonly things: Map<string, Counted>;
  readonly end: NodeJS.Timeout;
}

interface Counted {
  /** The last one. */
  denial: Denial;
  /** Since the entry that was written at once. */
  times: number;
}

const OTHERS = '*';

export function createDenials(parts: {
  readonly store: Pick<Store, 'db'>;
  readonly audit: Pick<Audit, 'record'>;
  readonly limits: Limits['denials'];
  readonly log: Log;
}): Denials {
  const { store, audit, limits, log } = parts;
  const windows = new Map<string, Window>();
  let written: Promise<void> = Promise.resolve();

  /** One after the other: entries wait for each other anyway. */
  const write = ({ who: _who, from, after, ...event }: Denial, id: string, times: number): void => {
    const entity = { kind: from.kind, id };
    written = written.then(() =>
      store.db
        .transaction()
        .execute((trx) => audit.record(trx, { ...event, entity, after: { ...after, times } }))
        .catch((error: unknown) => log.error({ err: error, ...event, entity }, 'a denial is not in the audit')),
    );
  };

  const close = (who: string): void => {
    const window = windows.get(who);
    windows.delete(who);
    clearTimeout(window?.end);
    for (const [id, { denial, times }] of window?.things ?? []) if (times > 0) write(denial, id, times);
  };

  return {
    note(denial) {
      const { who, from } = denial;
      let window = windows.get(who);
      if (window === undefined) {
        window = { things: new Map(), end: setTimeout(() => close(who), limits.window).unref() };
        windows.set(who, window);
      }
      const id = window.things.has(from.id) || window.things.size < limits.things ? from.id : OTHERS;
      const counted = window.things.get(id);
      if (counted === undefined) {
        window.things.set(id, { denial, times: 0 });
        write(denial, id, 1);
      } else {
        counted.denial = denial;
        counted.times += 1;
      }
    },
    async stop() {
      for (const who of windows.keys()) close(who);
      await written;
    },
  };
}

/** A call of a plugin that was not made because of where it would have gone. */
export function egressDenial(denied: {
  readonly plugin: string;
  readonly instanceId: string;
  readonly runId: string;
  readonly host: string;
  readonly reason: string;
}): Denial {
  const { plugin, instanceId, runId, host, reason } = denied;
  return {
    who: `instance ${instanceId}`,
    actor: HOST,
    action: 'egress.denied',
    from: { kind: 'host', id: host },
    instanceId,
    after: { plugin, runId, reason },
  };
}
