// Messages between the host and its gateway thread. What a run says goes past the host, on the run's own port.
import type { MessagePort } from 'node:worker_threads';
import type { Limits } from '../limits.ts';
import type { Connection } from './connection.ts';

export interface GatewayThreadData {
  readonly limits: Limits['gateway'];
}

export type ToThread =
  | {
      readonly t: 'open';
      /** Number of the run within this gateway; run ids come from outside. */
      readonly run: number;
      readonly connection: Connection;
      readonly port: MessagePort;
      readonly counters: SharedArrayBuffer;
    }
  | { readonly t: 'close'; readonly run: number };

export type FromThread =
  | { readonly t: 'ready' }
  | { readonly t: 'denied'; readonly run: number; readonly reason: string }
  /** The run's port said something that the protocol does not know. */
  | { readonly t: 'broken'; readonly run: number };

/** Two 64-bit counters that outlive both threads: the host reads them after a run, however it ended. */
export const COUNTER_BYTES = 16;
export const CALLS = 0;
export const BYTES = 1;
