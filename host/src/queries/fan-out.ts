// One query over many instances as one result. So many run at a time, each with one chunk waiting at most; whoever has rows is read
// next, and each row says where it is from. An instance that fails is named in the end and ends nothing else.
import type { Column, InstanceState, ManifestQuery } from '@jackfield/schemas';
import type { Encoding } from '@jackfield/sdk/runtime';
import type { Clock } from '../clock.ts';
import { toProblem, type Problem } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Chunk } from '../sandbox/index.ts';
import type { Member } from './members.ts';
import { Merge } from './merge.ts';
import type { Meta, ResultStream } from './result-stream.ts';
import { createRowPrefix } from './row-prefix.ts';
import { SharedColumns } from './shared-columns.ts';

export interface FanOut extends ResultStream {
  /** After the last chunk. It never fails: failures are those of instances. */
  end(): Promise<{ readonly meta: FanOutMeta }>;
}

/** `asOf` is that of the oldest rows. */
export interface FanOutMeta extends Meta {
  /** In the order that was asked for. */
  instances: InstanceState[];
}

export interface FanOutParts {
  /** Asks one instance. */
  readonly ask: (member: Member, signal: AbortSignal) => Promise<ResultStream>;
  readonly members: readonly Member[];
  readonly query: ManifestQuery;
  readonly encoding: Encoding;
  /** Instances asked at a time. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal | undefined;
}

/**
 * Starts at once. Must be read to its end, or aborted.
 * @throws Problem `conflict` when the query's rows cannot carry their instance.
 */
export function openFanOut(parts: FanOutParts): FanOut {
  return new Fan(parts);
}

/** The same, which starts when it is read: what is ready is never put together again. */
export function openWhenRead(parts: FanOutParts, known: Pick<ResultStream, 'ready' | 'current'>): FanOut {
  let opened: FanOut | undefined;
  const open = (): FanOut => (opened ??= openFanOut(parts));
  return {
    ...known,
    asOf: parts.clock.now(),
    columnsFollow: parts.query.dynamicColumns === true,
    get columns() {
      return open().columns;
    },
    next: () => open().next(),
    end: () => open().end(),
  };
}

class Fan implements FanOut {
  readonly asOf: number;
  readonly columnsFollow: boolean;
  readonly #parts: FanOutParts;
  readonly #columns: SharedColumns;
  readonly #merge = new Merge<Chunk>();
  readonly #states = new Map<string, InstanceState>();
  readonly #done: Promise<unknown>;
  #oldest = Number.POSITIVE_INFINITY;
  #vendorCalls = 0;

  constructor(parts: FanOutParts) {
    const { clock, query, encoding, members, concurrency, signal } = parts;
    this.#parts = parts;
    this.asOf = clock.now();
    this.columnsFollow = query.dynamicColumns === true;
    this.#columns = new SharedColumns(encoding);
    if (!this.columnsFollow) this.#columns.add(query.columns);
    const waiting = members.values();
    const lanes = Array.from({ length: Math.min(concurrency, members.length) }, () => this.#work(waiting));
    this.#done = Promise.all(lanes).then(() => this.#merge.end());
    signal?.addEventListener('abort', () => this.#merge.end(), { once: true });
  }

  get columns(): readonly Column[] {
    return this.#columns.all;
  }

  next(): Promise<Chunk | null> {
    return this.#merge.next();
  }

  async end(): Promise<{ readonly meta: FanOutMeta }> {
    await this.#done;
    const { clock, members } = this.#parts;
    const now = clock.now();
    const instances = members.flatMap(({ id }) => this.#states.get(id) ?? []);
    return {
      meta: {
        rowCount: instances.reduce((sum, { rowCount }) => sum + rowCount, 0),
        asOf: new Date(Math.min(this.#oldest, now)).toISOString(),
        elapsedMs: Math.round(now - this.asOf),
        vendorCalls: this.#vendorCalls,
        instances,
      },
    };
  }

  /** Asks one after the other until nobody is left, or nobody reads. */
  async #work(waiting: IteratorObject<Member>): Promise<void> {
    for (const member of waiting) {
      if (this.#parts.signal?.aborted) return;
      await this.#visit(member);
    }
  }

  async #visit(member: Member): Promise<void> {
    const { signal } = this.#parts;
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    signal?.addEventListener('abort', leave, { once: true });
    const sent = { rows: 0 };
    try {
      this.#states.set(member.id, await this.#read(member, gone.signal, sent));
    } catch (error) {
      const problem = toProblem(error);
      if (!gone.signal.aborted) this.#logInternal(problem, member);
      const { id, name } = member;
      const state = { id, name, state: 'failed', rowCount: sent.rows, error: problem.toDocument() } as const;
      this.#states.set(member.id, state);
    } finally {
      signal?.removeEventListener('abort', leave);
      leave();
    }
  }

  async #read(member: Member, signal: AbortSignal, sent: { rows: number }): Promise<InstanceState> {
    const { ask, encoding } = this.#parts;
    const { id, name } = member;
    const result = await ask(member, signal);
    if (this.columnsFollow) this.#columns.add(result.columns, id);
    const prefix = createRowPrefix(encoding, id, result.columns.length === 0);
    for (let chunk = await result.next(); chunk !== null; chunk = await result.next()) {
      const { rows, items } = chunk;
      if (!(await this.#merge.offer({ bytes: prefix(chunk), rows, ...(items ? { items } : {}) }))) break;
      sent.rows += chunk.rows;
    }
    const end = await result.end();
    if ('problem' in end) throw end.problem;
    const { asOf, stale, vendorCalls } = end.meta;
    this.#oldest = Math.min(this.#oldest, result.asOf);
    this.#vendorCalls += vendorCalls;
    const known = { id, name, rowCount: sent.rows, asOf };
    return stale ? { ...known, state: 'stale', stale } : { ...known, state: 'ok' };
  }

  /** The sandbox logs runs that fail; what the host does wrong is told to nobody else. */
  #logInternal({ code, cause, message }: Problem, { id }: Member): void {
    if (code === 'internal') this.#parts.log.error({ err: cause, instanceId: id }, message);
  }
}
