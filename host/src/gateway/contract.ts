// What the gateway is to the rest of the host.
import type { Cassette } from '@jackfield/schemas';
import type { MessagePort } from 'node:worker_threads';
import type { Clock } from '../clock.ts';
import type { Limits } from '../limits.ts';
import type { CassetteMode } from './cassette-desk.ts';
import type { Connection } from './connection.ts';
import type { BreakerState, GateState, Pace } from './gate-state.ts';
import type { ProxySettings } from './proxy.ts';
import type { RefreshTokens } from './token-desk.ts';

export interface GatewayRun {
  /** Hand this to the sandbox thread. It closes when the gateway thread dies. */
  readonly port: MessagePort;
  /** Requests that reached a socket, retries and redirects included. */
  vendorCalls(): number;
  /** Body bytes received, decoded. */
  bytesReceived(): number;
  /** Milliseconds in which its calls waited for their place or their turn, added up. */
  waitedMs(): number;
  /** When the certificate ends that was presented on the base URL's origin, in milliseconds since the epoch. */
  certificateEnds(): number | undefined;
  /** Aborts what is in flight. May be called again. */
  close(): void;
}

/** Whose calls they are: a refusal in the log names all of it. */
export interface GatewayCaller {
  readonly runId: string;
  readonly plugin: string;
  /** It asks whether the vendor is well: neither breaker nor pause keeps it back. */
  readonly urgent?: boolean;
  /** Takes the instance's secrets out of text: where a plugin wants to go may be one. */
  readonly redact?: (text: string) => string;
}

/** A call was not made, because of where it would have gone. */
export interface EgressDenial {
  readonly plugin: string;
  readonly instanceId: string;
  readonly runId: string;
  /** Name or address, with its port when that is not the scheme's. */
  readonly host: string;
  readonly reason: string;
}

/** A call of a plugin that has ended, with its redirects and tries. */
export interface GatewayCall {
  readonly runId: string;
  readonly method: string;
  /** Path and query as the plugin asked for them: without credentials. */
  readonly path: string;
  /** Who answered; null when nobody did, as the name that was asked for may be a secret then. */
  readonly host: string | null;
  /** Milliseconds since the epoch, by the machine's clock. */
  readonly startedAt: number;
  readonly elapsedMs: number;
  /** Null when there was no answer. */
  readonly status: number | null;
  /** Why it failed. */
  readonly code: string | null;
}

export interface GatewayLog {
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export interface GatewayOptions {
  readonly limits: Limits['gateway'];
  readonly log: GatewayLog;
  /** When access tokens expire. */
  readonly clock?: Clock;
  /** Without it a refresh token that a vendor replaces is lost when the gateway stops. */
  readonly refreshTokens?: RefreshTokens;
  /** The way out, when it is not direct. */
  readonly proxy?: ProxySettings | undefined;
  /** Every call goes to this port of the machine instead of its vendor, unencrypted: for tests of plugins, not for a host that serves. */
  readonly standIn?: { readonly port: number };
  /** Records every call, or answers it from a cassette instead of the vendor: for tests of plugins, not for a host that serves. */
  readonly cassette?: CassetteMode;
  /** The vendor of an instance is given up, or answers again. */
  readonly onBreaker?: (instanceId: string, breaker: BreakerState) => void;
  /** Hears of calls that have ended, of one run not more than 200: for traces. */
  readonly onCall?: ((call: GatewayCall) => void) | undefined;
  /** Whose calls, asked when a run begins; left out, those of all. To tell one takes the time of two threads. */
  readonly hears?: ((runId: string) => boolean) | undefined;
  /** Of one run not more than ten times. */
  readonly onDenied?: (denial: EgressDenial) => void;
}

export interface Gateway {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Throws `config_invalid` when the base URL is not a plain http or https URL. */
  openRun(caller: GatewayCaller, connection: Connection): GatewayRun;
  /** How an instance's vendor is being asked; null when nobody has lately. */
  gateOf(instanceId: string): Promise<GateState | null>;
  /** From now on; the next run says it again. */
  setPace(instanceId: string, pace: Pace): Promise<GateState | null>;
  /** Closes the breaker, and ends a pause that the vendor asked for. */
  resetGate(instanceId: string): Promise<GateState | null>;
  /** What was recorded so far, without secrets. @throws CassetteError when one is left in it all the same. */
  ejectCassette(): Cassette;
  /** Tokens that vendors issued to this instance and revision, to be taken out of what the host says. The same array until there are more. */
  issuedTo(connection: Connection): readonly string[];
  [Symbol.asyncDispose](): Promise<void>;
}
