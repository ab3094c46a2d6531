// Messages between the host and its gateway thread. What a run says goes past the host, on the run's own port.
import type { WireExchange, WireRequest } from '@jackfield/sdk/cassette';
import type { MessagePort } from 'node:worker_threads';
import type { Limits } from '../limits.ts';
import type { Connection, RefreshTokenPlace } from './connection.ts';
import type { GatewayCall } from './contract.ts';
import type { BreakerState, GateState, Pace } from './gate-state.ts';
import type { ProxySettings } from './proxy.ts';

export interface GatewayThreadData {
  readonly limits: Limits['gateway'];
  /** Whether calls are recorded, or answered from a cassette instead of the vendor. */
  readonly tape: 'record' | 'replay' | null;
  readonly proxy: ProxySettings | null;
  /** Port that stands in for every vendor. */
  readonly standIn: number | null;
}

export type EndedCall = Omit<GatewayCall, 'runId'>;

export type ToThread =
  | {
      readonly t: 'open';
      /** Number of the run within this gateway; run ids come from outside. */
      readonly run: number;
      readonly connection: Connection;
      readonly port: MessagePort;
      readonly counters: SharedArrayBuffer;
      /** It asks whether the vendor is well. */
      readonly urgent: boolean;
      /** Its calls are told when they have ended. */
      readonly tells: boolean;
      /** Milliseconds to add to the thread's clock to get the host's. */
      readonly clockOffsetMs: number;
    }
  /** Wants to know the state of an instance's gate, after a change of it if there is one. */
  | {
      readonly t: 'gate';
      readonly ask: number;
      readonly instanceId: string;
      readonly change?: Pace | 'reset';
      readonly clockOffsetMs: number;
    }
  | { readonly t: 'close'; readonly run: number }
  /** Answers a question; null when there is nothing to say. */
  | { readonly t: 'answer'; readonly ask: number; readonly value: string | null }
  /** The host stops: `finished` is wanted as soon as no token is on its way. */
  | { readonly t: 'finish' };

/** What the thread asks the host about tokens. Each is answered. */
export type Question =
  /** A vendor issued these: the host takes them out of what it logs and answers, before anybody can have used them. */
  | {
      readonly t: 'issued';
      readonly instanceId: string;
      readonly revision: number | string;
      readonly secrets: readonly string[];
      /** By the host's clock. */
      readonly until: number;
    }
  /** Which refresh token is stored now? */
  | { readonly t: 'stored'; readonly place: RefreshTokenPlace }
  /** The vendor replaced the refresh token: store the new one, if the stored one is among the expected. */
  | {
      readonly t: 'rotated';
      readonly place: RefreshTokenPlace;
      readonly expected: readonly string[];
      readonly next: string;
    };

/** What the thread asks the host about its cassette. */
export type TapeQuestion =
  | { readonly t: 'recorded'; readonly exchange: WireExchange }
  /** Answered with a PlayedText as JSON. */
  | { readonly t: 'replay'; readonly request: WireRequest; readonly baseOrigin: string | null };

/** A played answer as text, or why there is none. */
export type PlayedText =
  | {
      readonly status: number;
      readonly headers: readonly (readonly [string, string])[];
      readonly base64: string;
    }
  | { readonly unknown: string };

export type FromThread =
  | { readonly t: 'ready' }
  | { readonly t: 'finished' }
  /** `host`: what may not be called, when that is the reason. */
  | { readonly t: 'denied'; readonly run: number; readonly reason: string; readonly host: string | null }
  /** A call has ended. */
  | { readonly t: 'called'; readonly run: number; readonly call: EndedCall }
  /** Nothing more comes about it. */
  | { readonly t: 'closed'; readonly run: number }
  /** The run's port said something that the protocol does not know. */
  | { readonly t: 'broken'; readonly run: number }
  /** Null: nobody has asked this vendor lately. */
  | { readonly t: 'gate'; readonly ask: number; readonly state: GateState | null }
  /** A breaker opened or closed. */
  | { readonly t: 'breaker'; readonly instanceId: string; readonly breaker: BreakerState }
  | { readonly t: 'ask'; readonly ask: number; readonly question: Question | TapeQuestion };

/** 64-bit numbers that outlive both threads: the host reads them after a run, however it ended. */
export const COUNTER_BYTES = 32;
export const CALLS = 0;
export const BYTES = 1;
export const WAITED = 2;
/** When the certificate of the base URL's origin ends, in milliseconds since the epoch; 0 when none was presented. */
export const CERTIFICATE_ENDS = 3;
