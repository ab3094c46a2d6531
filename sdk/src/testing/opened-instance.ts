// One configured connection of a plugin under test.
import type { Column, PluginManifest } from '@jackfield/schemas';
import type { BundleCode } from '../build/bundle-code.ts';
import type { ContractEnding, JobResult } from '../define/job.ts';
import type { Cursor, Key } from '../define/stream.ts';
import type { StreamShape, Work } from '../runtime/protocol.ts';
import type { BenchInstance } from './bench.ts';
import { type Subject, toPluginError } from './plugin-error.ts';
import { type StreamRead, toStreamRead } from './read.ts';
import { rowsOf, type RunFacts, type LogTap, type Running, startRun } from './run.ts';

type Row = Record<string, unknown>;

/** What a query has answered. */
export interface QueryAnswer extends RunFacts {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
}

/** What `check` has found out. */
export interface CheckAnswer extends RunFacts {
  readonly message: string;
  /** `at` is ISO 8601. */
  readonly expires?: readonly { readonly what: string; readonly at: string }[];
}

/** What is sent to a route. */
export interface RouteCall {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is, anything else as JSON. */
  readonly body?: unknown;
  /** False: without the signature or secret that the route asks for. Default true. */
  readonly signed?: boolean;
}

/** What a route has answered. */
export interface RouteResult extends Pick<RunFacts, 'vendorCalls'> {
  readonly status: number;
  readonly json: unknown;
  /** Rows, or keys of rows that are gone, by stream. */
  readonly changes: readonly {
    readonly stream: string;
    readonly kind: 'upsert' | 'remove';
    readonly reason: string | null;
    readonly rows: readonly Row[];
  }[];
}

/** A stream of a plugin under test. */
export interface OpenedStream {
  /** Reads on from a cursor; null is the beginning. @throws PluginError */
  read(cursor?: Cursor): Promise<StreamRead>;
  /** Counts what exists. @throws PluginError */
  census(): Promise<StreamRead>;
  /** Of these keys, those that are gone. @throws PluginError */
  gone(keys: readonly Key[]): Promise<readonly Key[]>;
}

export interface InstanceParts {
  readonly bench: BenchInstance;
  readonly manifest: PluginManifest;
  readonly code: BundleCode;
  readonly tapLog: LogTap;
}

/** A connection of a plugin, in the sandbox and behind the gateway of a host. */
export class OpenedInstance {
  readonly #parts: InstanceParts;

  constructor(parts: InstanceParts) {
    this.#parts = parts;
  }

  /** Tests the connection. @throws PluginError */
  async check(): Promise<CheckAnswer> {
    const running = await this.start({ kind: 'check' });
    const { result, vendorCalls, log } = await running.finished;
    return { message: '', ...result.check, vendorCalls, log };
  }

  /** Runs a query with all of its rows. @throws PluginError */
  async query(id: string, params: Row = {}): Promise<QueryAnswer> {
    const running = await this.startQuery(id, params);
    const { chunks, columns, vendorCalls, log } = await running.finished;
    const { dynamicColumns, columns: declared = [] } = this.#parts.manifest.queries[id] ?? {};
    return { columns: (dynamicColumns ? columns : declared) ?? [], rows: rowsOf(chunks), vendorCalls, log };
  }

  /** One of the plugin's streams. */
  stream(id: string): OpenedStream {
    const { columns, primaryKey } = found(this.#parts.manifest.streams, id, 'stream');
    const shape: StreamShape = { columns, primaryKey };
    return {
      read: async (cursor = null) => {
        const running = await this.start({ kind: 'stream', id, cursor, ...shape });
        return toStreamRead(await running.finished, cursor);
      },
      census: async () => {
        const running = await this.start({ kind: 'census', id, ...shape });
        return toStreamRead(await running.finished, null);
      },
      gone: async (keys) => {
        const running = await this.start({ kind: 'gone', id, keys });
        return (await running.finished).result.gone ?? [];
      },
    };
  }

  /** Calls a route as the vendor does: signed with the secret in the config. @throws PluginError */
  async route(
    id: string,
    { query = {}, headers = {}, body = '', signed = true }: RouteCall = {},
  ): Promise<RouteResult> {
    const subject = { what: `route "${id}"`, steps: ['routes', id] };
    found(this.#parts.manifest.routes, id, 'route');
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    try {
      const answer = await this.#parts.bench.deliver(id, { query, headers, body: text, signed });
      return {
        status: answer.status,
        json: answer.body === null ? undefined : JSON.parse(answer.body),
        changes: answer.changes.map(({ stream, kind, reason, bytes }) => ({
          stream,
          kind,
          reason,
          rows: rowsOf([{ bytes }]),
        })),
        vendorCalls: answer.vendorCalls,
      };
    } catch (error) {
      throw toPluginError(error, subject, this.#parts.code, []);
    }
  }

  /** Runs a job. @throws PluginError */
  async job(id: string, event: ContractEnding): Promise<RunFacts & JobResult> {
    const running = await this.start({ kind: 'job', id, event });
    const { result, vendorCalls, log } = await running.finished;
    const { reference = '', url = null, created = false } = result.job ?? {};
    return { reference, created, ...(url === null ? {} : { url }), vendorCalls, log };
  }

  /** Begins a query, for tests that end it. */
  async startQuery(id: string, params: Row = {}, onChunk?: () => void): Promise<Running> {
    const query = found(this.#parts.manifest.queries, id, 'query');
    if (query.source === 'synced') {
      throw new Error(`query "${id}" is answered by the host from synced rows; test the stream that it reads`);
    }
    const subject = subjectOf({ kind: 'query', id });
    let checked: Row;
    try {
      checked = this.#parts.bench.checkParams(id, params);
    } catch (error) {
      throw toPluginError(error, subject, this.#parts.code, []);
    }
    const columns = query.dynamicColumns ? null : query.columns;
    return this.start({ kind: 'query', id, params: checked, columns, encoding: 'json' }, onChunk);
  }

  /** Begins any work. */
  start(work: Work, onChunk?: () => void): Promise<Running> {
    const { bench, code, tapLog } = this.#parts;
    return startRun(bench, work, { subject: subjectOf(work), code, tapLog, ...(onChunk ? { onChunk } : {}) });
  }
}

const HOMES = { query: 'queries', stream: 'streams', census: 'streams', gone: 'streams', route: 'routes', job: 'jobs' };

function subjectOf(work: { readonly kind: Work['kind']; readonly id?: string }): Subject {
  const { kind, id = '' } = work;
  if (kind === 'check') return { what: 'the check', steps: ['check'] };
  if (kind === 'load') return { what: 'the bundle', steps: [] };
  if (kind === 'migration') return { what: 'a migration', steps: ['migrations'] };
  return { what: `${kind} "${id}"`, steps: [HOMES[kind], id] };
}

function found<T>(items: Readonly<Record<string, T>> | undefined, id: string, kind: string): T {
  const item = items !== undefined && Object.hasOwn(items, id) ? items[id] : undefined;
  if (item !== undefined) return item;
  const known = Object.keys(items ?? {}).join(', ') || 'none';
  throw new Error(`the plugin has no ${kind} "${id}" (it has ${known})`);
}
