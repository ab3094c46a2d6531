// What a bench is: the host's own sandbox and gateway, without database and API. The host makes it (`@jackfield/host/testing`); this side
// knows its shape only, since nothing of the SDK imports the host.
import type { Cassette, Column, PluginManifest, Problem } from '@jackfield/schemas';
import type { ChunkOp, EncodedChange, LogLevel, RunValue, Work } from '../runtime/protocol.ts';

/** What answers the plugin's calls. */
export type BenchVendor =
  /** The vendor that its config names. */
  | { readonly kind: 'network' }
  /** The same, and every call is recorded. */
  | { readonly kind: 'record' }
  /** A server on this port of the machine, for every call that may be made at all. */
  | { readonly kind: 'standIn'; readonly port: number }
  | { readonly kind: 'cassette'; readonly cassette: Cassette };

export interface BenchLog {
  readonly level: LogLevel;
  readonly message: string;
  /** The run it is about, where it is about one. */
  readonly runId?: string;
  /** JSON text. */
  readonly fields?: string;
}

export interface BenchOptions {
  /** Of the built package; not changed. */
  readonly folder: string;
  readonly vendor: BenchVendor;
  /** `short`: what a host waits seconds for it waits milliseconds for. */
  readonly waits: 'short' | 'real';
  readonly now?: () => number;
  readonly log: (entry: BenchLog) => void;
}

/** What the host throws and answers. */
export interface BenchProblem extends Error {
  readonly code: Problem['code'];
  toDocument(): Problem;
}

export interface BenchChunk {
  readonly bytes: Uint8Array;
  readonly rows: number;
  /** JSON as items of an array, and not as lines. */
  readonly items?: true;
  readonly op?: ChunkOp;
}

export interface BenchResult extends RunValue {
  readonly rows: number;
  readonly vendorCalls: number;
  readonly problem?: BenchProblem;
}

export interface BenchRun {
  readonly runId: string;
  /** Columns that come with the answer. */
  readonly columns: readonly Column[] | undefined;
  next(): Promise<BenchChunk | null>;
  cancel(reason: string): void;
  readonly result: Promise<BenchResult>;
}

export interface BenchInstance {
  /** With defaults. @throws BenchProblem */
  checkParams(query: string, params: Record<string, unknown>): Record<string, unknown>;
  /** What the gateway knows of the vendor from earlier runs is forgotten first. @throws BenchProblem */
  run(work: Work): Promise<BenchRun>;
  /** What a vendor sends to a route, verified as the host does. @throws BenchProblem */
  deliver(route: string, sent: BenchDelivery): Promise<BenchDelivered>;
}

export interface BenchDelivery {
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether it is signed, or carries the secret, as the route asks. */
  readonly signed: boolean;
}

export interface BenchDelivered {
  readonly status: number;
  readonly body: string | null;
  readonly changes: readonly (Pick<EncodedChange, 'stream' | 'kind' | 'reason'> & { readonly bytes: Uint8Array })[];
  readonly vendorCalls: number;
}

export interface Bench extends AsyncDisposable {
  readonly manifest: PluginManifest;
  /** @throws BenchProblem `config_invalid` */
  connect(config: Record<string, unknown>, client: Readonly<Record<string, string | number | boolean>>): BenchInstance;
  /** Alive now. */
  threads(): number;
  /** What was recorded. @throws when a secret is in it. */
  ejectCassette(): Cassette;
}

/** @throws Error with the host's reason when it would not load the package. */
export type OpenBench = (options: BenchOptions) => Promise<Bench>;
