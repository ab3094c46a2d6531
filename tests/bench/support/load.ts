// Asks a server as fast as it answers, over so many connections with one request on each at a time.
import { Pool } from 'undici';
import { quantile } from './statistics.ts';

export interface LoadOptions {
  readonly url: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly ms: number;
  /** Goes on until there were so many, however long that takes. */
  readonly atLeast?: number;
  /** And for as long as this says so. */
  readonly goesOn?: () => boolean;
}

export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Of the last answer. */
  readonly bytes: number;
  /** Answers that were none, or not 200. */
  readonly errors: number;
}

export async function load(options: LoadOptions): Promise<Load> {
  const { url, path, headers = {}, connections, ms, atLeast = 0, goesOn = () => false } = options;
  const pool = openPool(url, connections);
  const times: number[] = [];
  let errors = 0;
  let bytes = 0;
  const startedAt = performance.now();
  const until = startedAt + ms;
  const lane = async (): Promise<void> => {
    for (let now = performance.now(); now < until || times.length < atLeast || goesOn();) {
      const answer = await ask(pool, path, headers);
      const ended = performance.now();
      times.push(ended - now);
      now = ended;
      if (answer.status !== 200) errors += 1;
      bytes = answer.bytes;
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  const seconds = (performance.now() - startedAt) / 1000;
  await pool.close();
  return {
    requests: times.length,
    perSecond: times.length / seconds,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    bytes,
    errors,
  };
}

/** A machine that is busy may take its time; that it does is in the figures. */
export function openPool(url: string, connections: number): Pool {
  return new Pool(url, {
    connections,
    pipelining: 1,
    connect: { timeout: 120_000 },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** As little as a client can do: the client shares the cores with what is measured. */
export function ask(
  pool: Pool,
  path: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve) => {
    let status = 0;
    let bytes = 0;
    pool.dispatch(
      { method: 'GET', path, headers },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, code) => {
          status = code;
        },
        onResponseData: (_controller, chunk) => {
          bytes += chunk.byteLength;
        },
        onResponseEnd: () => resolve({ status, bytes }),
        onResponseError: () => resolve({ status: 0, bytes }),
      },
    );
  });
}
