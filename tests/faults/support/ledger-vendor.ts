// The vendor of the plugin "ledger": accounts that change and close, entries that are only added, holders that come and go. It knows
// what the tables must hold, and can do something at any of its pages.
import type { ServerResponse } from 'node:http';
import { startVendor, type Vendor } from '../../support/vendor.ts';

const PAGE = 50;
export const STREAMS = ['accounts', 'entries', 'holders'] as const;
export type LedgerStream = (typeof STREAMS)[number];

export interface Account {
  readonly id: number;
  readonly text: string;
  readonly version: number;
  readonly gone: boolean;
}

/** A page on its way. `nth` counts the pages of its stream since the vendor started. */
export interface Page {
  readonly stream: LedgerStream;
  readonly nth: number;
  readonly at: number;
}

export class LedgerVendor implements AsyncDisposable {
  readonly accounts = new Map<number, Account>();
  /** Entry `n` is at `n - 1`. */
  readonly entries: string[] = [];
  readonly holders = new Map<number, string>();
  readonly pages: Page[] = [];
  /** Answers instead of the vendor, and says that it did. */
  instead: ((page: Page, response: ServerResponse) => boolean) | undefined;
  /** Called when the last byte of a page was handed to the network. */
  sent: ((page: Page) => void) | undefined;
  readonly #counts = new Map<LedgerStream, number>();
  #version = 0;
  #vendor: Vendor | undefined;

  static async start(): Promise<LedgerVendor> {
    const ledger = new LedgerVendor();
    ledger.#vendor = await startVendor((request, response) => ledger.#serve(request.url ?? '/', response));
    return ledger;
  }

  get url(): string {
    return this.#vendor?.url ?? '';
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#vendor?.close() ?? Promise.resolve();
  }

  /** Pages of a stream so far. */
  count(stream: LedgerStream): number {
    return this.#counts.get(stream) ?? 0;
  }

  put(id: number, text: string, gone = false): void {
    this.#version += 1;
    this.accounts.set(id, { id, text, version: this.#version, gone });
  }

  /** Something of everything: new and changed and closed accounts, entries, holders that come and go. */
  change(random: (below: number) => number, rows: number): void {
    const size = this.accounts.size;
    for (let n = 0; n < rows; n += 1) {
      const id = random(size === 0 ? rows : size + Math.ceil(rows / 2)) + 1;
      this.put(id, `account ${id} of ${random(1e6)}`, random(8) === 0);
      this.entries.push(`entry ${random(1e6)}`);
      const holder = random(rows) + 1;
      if (random(3) === 0) this.holders.delete(holder);
      else this.holders.set(holder, `holder ${random(1e6)}`);
    }
  }

  #serve(path: string, response: ServerResponse): void {
    const url = new URL(path, 'http://ledger');
    const stream = STREAMS.find((name) => url.pathname === `/${name}`);
    if (stream === undefined) return void response.writeHead(404).end();
    const page = { stream, nth: this.count(stream) + 1, at: performance.now() };
    this.#counts.set(stream, page.nth);
    this.pages.push(page);
    if (this.instead?.(page, response) === true) return;
    response.on('finish', () => this.sent?.(page));
    const from = Number(url.searchParams.get('since') ?? url.searchParams.get('after') ?? url.searchParams.get('from'));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(this.#answer(stream, from)));
  }

  #answer(stream: LedgerStream, from: number): unknown {
    switch (stream) {
      case 'accounts':
        return [...this.accounts.values()]
          .filter(({ version }) => version > from)
          .toSorted((a, b) => a.version - b.version)
          .slice(0, PAGE);
      case 'entries':
        return this.entries.slice(from, from + PAGE).map((text, index) => ({ number: from + index + 1, text }));
      case 'holders': {
        const all = [...this.holders].toSorted(([a], [b]) => a - b).map(([id, text]) => ({ id, text }));
        return { rows: all.slice(from, from + PAGE), more: from + PAGE < all.length };
      }
    }
  }
}
