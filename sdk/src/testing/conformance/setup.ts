import type { Cursor } from '../../define/stream.ts';
import type { OpenOptions } from '../open-plugin.ts';
import type { VendorFunction } from '../stand-in.ts';
import type { ItemId } from './items.ts';

type Config = Readonly<Record<string, unknown>>;

/** What the suite needs to know to try a plugin: `test/conformance.ts` of its package exports it. */
export interface ConformanceSetup {
  /**
   * Starts what answers in the vendor's place: a config that works, and a function; without one the base URL in the config is called, which
   * is a simulator's. It is disposed of at the end.
   */
  start(): Promise<ConformanceVendor> | ConformanceVendor;
  /** Params of queries that cannot be run without any. */
  readonly params?: Readonly<Record<string, Record<string, unknown>>>;
  /** Configs that must be refused, beside those that the suite makes: what differs from the one that works. */
  readonly invalid?: Readonly<Record<string, Config>>;
  /** Columns of a stream that change from read to read, such as counters. */
  readonly volatile?: Readonly<Record<string, readonly string[]>>;
  /** A cursor of a stream that lies in the future, where the suite cannot make one. */
  readonly futureCursors?: Readonly<Record<string, Cursor>>;
  /** Streams whose cursor is no place in the vendor's data, such as the sample before, and why, in a sentence. */
  readonly placeless?: Readonly<Record<string, string>>;
  /** `plugin.json` of the version that was published before, relative to the package; null before the first. */
  readonly previous: string | null;
  /** Items that do not fit this vendor, and why, in a sentence. */
  readonly skip?: Readonly<Partial<Record<ItemId, string>>>;
  /** The host's time. */
  readonly now?: OpenOptions['now'];
}

export interface ConformanceVendor extends Partial<AsyncDisposable> {
  /** With its secrets. */
  readonly config: Config;
  readonly vendor?: VendorFunction;
}

/**
 * Declares how the conformance suite tries a plugin.
 *
 * @example
 * import { defineConformance } from '@jackfield/sdk/testing';
 *
 * export default defineConformance({
 *   start: () => ({
 *     config: { baseUrl: 'https://desk.example.com', token: 'right' },
 *     vendor: (request) =>
 *       request.headers.get('authorization') === 'Bearer right' ? Response.json([]) : new Response('', { status: 401 }),
 *   }),
 *   previous: null,
 *   skip: { 'future-cursor': 'The cursor is a token that only the vendor can make.' },
 * });
 */
export function defineConformance(setup: ConformanceSetup): ConformanceSetup {
  return setup;
}
