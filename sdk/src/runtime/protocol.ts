// Every message between the host, a sandbox thread and the gateway. Two ports reach a thread with each run:
//   run port      host <-> runtime: rows out, credits and cancellation in, the outcome as the last message
//   gateway port  gateway <-> runtime: the run's HTTP calls; bound by the host to one instance
import type { Column } from '@jackfield/schemas';
import type { MessagePort } from 'node:worker_threads';
import type { ContractEnding } from '../define/job.ts';
import type { RouteRequest } from '../define/route.ts';
import type { Cursor, Key, Scope } from '../define/stream.ts';

export type { ContractEnding, Cursor, Key, RouteRequest, Scope };

/** How rows of a query are encoded in the thread. `json`: objects, as each chunk says. `csv`: RFC 4180, no header, \r\n. */
export type Encoding = 'json' | 'csv';

/**
 * How rows of a stream are encoded. `ndjson`: one object per line, every line ends in \n. `copy`: PostgreSQL's text format for COPY, in the order of the columns, the hash of the row last.
 * Keys are NDJSON in both.
 */
export type TableEncoding = 'ndjson' | 'copy';

/** How a stream's rows are encoded: all columns for a row, the primary key's for a key. */
export interface StreamShape {
  readonly columns: readonly Column[];
  readonly primaryKey: readonly string[];
}

/** What a run is asked to do. */
export type Work =
  | { readonly kind: 'check' }
  | {
      readonly kind: 'query';
      readonly id: string;
      readonly params: Record<string, unknown>;
      /** Null: they come with the answer. */
      readonly columns: readonly Column[] | null;
      readonly encoding: Encoding;
    }
  | ({
      readonly kind: 'stream';
      readonly id: string;
      readonly cursor: Cursor;
      /** NDJSON when it is left out. */
      readonly encoding?: TableEncoding;
    } & StreamShape)
  | ({ readonly kind: 'census'; readonly id: string } & StreamShape)
  /** Which of these rows, that a census did not find, are really gone. */
  | { readonly kind: 'gone'; readonly id: string; readonly keys: readonly Key[] }
  | {
      readonly kind: 'route';
      readonly id: string;
      readonly request: Omit<RouteRequest, 'json'>;
      /** Streams whose rows it may change. */
      readonly streams: Readonly<Record<string, StreamShape>>;
      /** NDJSON when it is left out. */
      readonly encoding?: TableEncoding;
    }
  | { readonly kind: 'job'; readonly id: string; readonly event: ContractEnding }
  /** Takes the task's config from one version to another, in either direction. */
  | {
      readonly kind: 'migration';
      readonly from: number;
      readonly to: number;
      /** Fields that hold a secret, which is not in the config. */
      readonly secrets: readonly string[];
    }
  /** Evaluates the bundle and says what is in it. */
  | { readonly kind: 'load' };

/** How a secret is made of those that are stored. The values are in the host, which does it. */
export type SecretRecipe =
  | { readonly field: string }
  | { readonly text: string }
  | { readonly before: string; readonly of: SecretRecipe }
  | { readonly after: string; readonly of: SecretRecipe }
  | { readonly join: readonly SecretRecipe[] };

/** What a bundle has, by the names of plugin.json: ids in their order there. */
export interface Inventory {
  readonly check: boolean;
  readonly queries: readonly string[];
  readonly streams: readonly string[];
  readonly routes: readonly string[];
  readonly jobs: readonly string[];
}

/** What Piscina hands to the runtime for one run. */
export interface RunTask {
  readonly runId: string;
  readonly work: Work;
  /** Instances never share a module: each key gets its own evaluation of the bundle. */
  readonly moduleKey: string;
  readonly instance: { readonly id: string; readonly name: string };
  readonly config: Record<string, unknown>;
  readonly client: Record<string, string | number | boolean>;
  /** The instance's base URL; null when the plugin has none. Paths given to fetch are appended to it. */
  readonly baseUrl: string | null;
  /** Milliseconds to add to the thread's clock to get the host's. */
  readonly clockOffsetMs: number;
  /** Chunks that may be sent before the host asks for more. */
  readonly credits: number;
  readonly runPort: MessagePort;
  readonly gatewayPort: MessagePort;
}

/** Set once per pool, read by the runtime when a thread starts. */
export interface ThreadData {
  readonly bundleUrl: string;
}

/** runtime -> host, outside any run: code of a run that has ended left an error unhandled. */
export interface LateFault {
  readonly lateFault: { readonly runId: string | null; readonly internal: string };
}

/** Why a run failed, as plain data: error classes do not survive the way out of a thread. */
export interface Fault {
  readonly code: string;
  /** Safe to show: written by the runtime, or by the author in a VendorError. */
  readonly message: string;
  readonly retryAfterMs?: number;
  /** For the host's log only: the original error's name, message and stack. */
  readonly internal?: string;
}

/** Rows of one stream that a route changes: whole rows in the encoding that was asked for, or the keys of removed ones. */
export interface EncodedChange {
  readonly stream: string;
  readonly kind: 'upsert' | 'remove';
  readonly reason: string | null;
  readonly rows: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What a run that succeeded has besides rows. */
export interface RunValue {
  readonly check?: {
    readonly message: string;
    /** `at` is ISO 8601. Left out: not known. */
    readonly expires?: readonly { readonly what: string; readonly at: string }[];
  };
  readonly answer?: {
    readonly status: number;
    /** JSON text; null when there is none. */
    readonly body: string | null;
    readonly changes: readonly EncodedChange[];
  };
  readonly job?: { readonly reference: string; readonly url: string | null; readonly created: boolean };
  readonly gone?: readonly Key[];
  readonly migrated?: {
    /** JSON text of the config without its secrets. */
    readonly config: string;
    readonly secrets: readonly { readonly field: string; readonly recipe: SecretRecipe }[];
  };
  readonly inventory?: Inventory;
}

export type Outcome =
  | { readonly ok: true; readonly rows: number; readonly value: RunValue }
  | { readonly ok: false; readonly rows: number; readonly fault: Fault };

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/**
 * What a chunk of a stream says. Left out: rows that exist. `remove` and `present` have keys in their bytes, `checkpoint` and
 * `complete` have no bytes.
 */
export type ChunkOp =
  | { readonly kind: 'remove'; readonly reason: string | null }
  | { readonly kind: 'present' }
  | { readonly kind: 'checkpoint'; readonly cursor: Cursor }
  | { readonly kind: 'complete'; readonly scope: Scope };

/** runtime -> host, on the run port. */
export type FromRun =
  | { readonly t: 'started'; readonly threadId: number; readonly evaluations: number }
  /** Once, before the first chunk of a query whose columns come with its answer. */
  | { readonly t: 'columns'; readonly columns: readonly Column[] }
  | {
      readonly t: 'chunk';
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly rows: number;
      /**
       * Objects are `,{…},{…}\n`, as they come in an array behind others; each has a member whose name begins with a letter or underscore,
       * and none has an object in it. Left out: one per line, every line ends in \n.
       */
      readonly items?: true;
      readonly op?: ChunkOp;
      /** Of rows that are encoded as `copy`: their keys and hashes, column by column, each with its length before it. */
      readonly keys?: Uint8Array<ArrayBuffer>;
    }
  | { readonly t: 'log'; readonly level: LogLevel; readonly message: string; readonly fields?: string }
  | { readonly t: 'end'; readonly outcome: Outcome }
  /** Answers a ping. */
  | { readonly t: 'pong' };

/** host -> runtime, on the run port. */
export type ToRun =
  | { readonly t: 'credit'; readonly chunks: number }
  | { readonly t: 'cancel'; readonly reason: string }
  /** Does the thread still turn its event loop? */
  | { readonly t: 'ping' };

/** runtime -> gateway, on the gateway port. Many calls share the port, told apart by `id`. */
export type ToGateway =
  | {
      readonly t: 'request';
      readonly id: number;
      readonly method: string;
      /** Absolute URL. */
      readonly url: string;
      readonly headers: readonly (readonly [string, string])[];
      readonly body: Uint8Array<ArrayBuffer> | null;
      readonly redirect: 'follow' | 'error' | 'manual';
      /** Body chunks that may be sent before the runtime asks for more. */
      readonly credits: number;
    }
  | { readonly t: 'credit'; readonly id: number; readonly chunks: number }
  | { readonly t: 'abort'; readonly id: number };

/** gateway -> runtime. For each request: `head`, any number of `body`, then `end`; or `error` at any point. */
export type FromGateway =
  | {
      readonly t: 'head';
      readonly id: number;
      readonly status: number;
      readonly statusText: string;
      readonly headers: readonly (readonly [string, string])[];
      /** Final URL, without credentials. */
      readonly url: string;
      readonly redirected: boolean;
    }
  | { readonly t: 'body'; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly t: 'end'; readonly id: number }
  | {
      readonly t: 'error';
      readonly id: number;
      readonly code: GatewayErrorCode;
      readonly message: string;
      /** When it is worth asking again. */
      readonly retryAfterMs?: number;
    };

/** `aborted` answers an abort; the others become the `cause.code` of the TypeError that fetch rejects with. */
export type GatewayErrorCode =
  | 'auth_failed'
  | 'egress_denied'
  | 'rate_limited'
  | 'vendor_unavailable'
  | 'vendor_bad_response'
  | 'timeout'
  | 'aborted';
