// Calls of plugins that were not made because of where they would have gone, as entries of the audit. A plugin may be refused a
// thousand times a second: the first time for each host is written at once, the others are counted and written when the window ends.
import type { Limits } from '../limits.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/index.ts';
import type { Audit } from './audit.ts';

export interface Denial {
  readonly plugin: string;
  readonly instanceId: string;
  readonly runId: string;
  readonly host: string;
  /** For people, without secrets. */
  readonly reason: string;
}

export interface Denials {
  /** Never throws; what cannot be written is logged. */
  note(denial: Denial): void;
  /** Writes what was counted. */
  stop(): Promise<void>;
}

/** One instance's, from its first denial until the window ends. */
interface Window {
  readonly hosts: Map<string, Counted>;
  readonly end: NodeJS.Timeout;
}

interface Counted {
  /** The last one. */
  denial: Denial;
  /** Since the entry that was written at once. */
  times: number;
}

/** Hosts of an instance beyond those that get entries of their own. */
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
  const write = ({ plugin, instanceId, runId, reason }: Denial, host: string, times: number): void => {
    written = written.then(async () => {
      const event = {
        actor: { kind: 'host', id: null, address: null, requestId: null },
        action: 'egress.denied',
        entity: { kind: 'host', id: host },
        instanceId,
        after: { plugin, runId, reason, times },
      } as const;
      await store.db
        .transaction()
        .execute((trx) => audit.record(trx, event))
        .catch((error: unknown) => log.error({ err: error, plugin, instanceId, host }, 'a denial is not in the audit'));
    });
  };

  const close = (instanceId: string): void => {
    const window = windows.get(instanceId);
    windows.delete(instanceId);
    clearTimeout(window?.end);
    for (const [host, { denial, times }] of window?.hosts ?? []) if (times > 0) write(denial, host, times);
  };

  return {
    note(denial) {
      const { instanceId } = denial;
      let window = windows.get(instanceId);
      if (window === undefined) {
        window = { hosts: new Map(), end: setTimeout(() => close(instanceId), limits.window).unref() };
        windows.set(instanceId, window);
      }
      const host = window.hosts.has(denial.host) || window.hosts.size < limits.hosts ? denial.host : OTHERS;
      const counted = window.hosts.get(host);
      if (counted === undefined) {
        window.hosts.set(host, { denial, times: 0 });
        write(denial, host, 1);
      } else {
        counted.denial = denial;
        counted.times += 1;
      }
    },
    async stop() {
      for (const instanceId of windows.keys()) close(instanceId);
      await written;
    },
  };
}
